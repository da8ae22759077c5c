"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const store = {
    get(key) { try { return localStorage.getItem("migrate-review:" + key); } catch { return null; } },
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem("migrate-review:" + key);
        else localStorage.setItem("migrate-review:" + key, value);
      } catch { /* without storage a mark lasts as long as the page */ }
    },
  };
  const ids = data.files.flatMap((file) => file.hunks.map((hunk) => hunk.id));
  const looked = new Set(ids.filter((id) => store.get(id)));
  const files = all("details.file");
  let current = null;

  // Files of a large review are laid out when they are looked at.
  const fill = (file) => {
    const body = data.bodies[file.dataset.file];
    if (body !== undefined && !file.dataset.filled) {
      one(".hunks", file).innerHTML = body;
      file.dataset.filled = "yes";
      dress(file);
    }
  };
  const dress = (within) => {
    for (const hunk of all(".hunk", within)) {
      const done = looked.has(hunk.dataset.id);
      hunk.classList.toggle("done", done);
      one(".looked", hunk).checked = done;
    }
    for (const button of all("button.no", within)) tell(button);
    sift(within);
  };
  for (const file of files) file.addEventListener("toggle", () => { if (file.open) fill(file); });
  addEventListener("beforeprint", () => { for (const each of all(".engine > details")) each.open = true; for (const file of files) { file.open = true; fill(file); } });

  // Filters.
  const form = one("#tools");
  const wanted = () => ({
    verdicts: new Set(all("[name=verdict]:checked").map((box) => box.value)),
    every: all("[name=verdict]:not(:checked)").length === 0,
    codemod: one("#codemod").value,
    warned: one("#warned").checked,
    open: one("#open").checked,
    text: one("#search").value.trim().toLowerCase(),
  });
  const texts = [];
  const textOf = (file, number) => {
    texts[file] ??= file in data.bodies ? data.bodies[file].split("<article").slice(1).map(plain) : [];
    return texts[file][number] ?? all(".hunk", files[file])[number].textContent.toLowerCase();
  };
  const plain = (html) => html.replace(/<[^>]*>/g, "").replace(/&(lt|gt|amp|#34|#39);/g, (_, name) =>
    ({ lt: "<", gt: ">", amp: "&", "#34": '"', "#39": "'" })[name]).toLowerCase();
  const fits = (file, number, want) => {
    const hunk = data.files[file].hunks[number];
    if (!want.every && !hunk.verdicts.some((each) => want.verdicts.has(each))) return false;
    if (want.codemod && !hunk.codemods.includes(want.codemod)) return false;
    if (want.warned && !hunk.warned) return false;
    if (want.open && looked.has(hunk.id)) return false;
    return !want.text || textOf(file, number).includes(want.text);
  };
  const sift = (file) => {
    const want = wanted();
    const at = Number(file.dataset.file);
    const fitting = data.files[at].hunks.map((_, number) => fits(at, number, want));
    for (const hunk of all(".hunk", file)) hunk.hidden = !fitting[hunk.dataset.number];
    file.hidden = fitting.length > 0 && !fitting.includes(true);
    return fitting.filter(Boolean).length;
  };
  const isSifted = () => {
    const want = wanted();
    return !want.every || Boolean(want.codemod || want.warned || want.open || want.text);
  };
  const siftAll = () => {
    const count = files.map(sift).reduce((sum, each) => sum + each, 0);
    one("#shown").textContent = isSifted() ? ", " + count + " shown" : "";
  };
  let waiting = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(siftAll, event.target.id === "search" ? 150 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  // Marks.
  const count = () => { one("#looked").textContent = ids.filter((id) => looked.has(id)).length; };
  const mark = (hunk, done) => {
    const id = hunk.dataset.id;
    if (done) looked.add(id); else looked.delete(id);
    store.set(id, done ? "1" : null);
    hunk.classList.toggle("done", done);
    one(".looked", hunk).checked = done;
    count();
    if (!wanted().open) return;
    const next = hunk === current ? walk(1, () => true) || walk(-1, () => true) : null;
    siftAll();
    go(next);
  };

  // Going from one place to the next; files that are not laid out yet are, on the way.
  const go = (hunk) => {
    if (!hunk) return;
    if (current) current.classList.remove("current");
    current = hunk;
    hunk.closest("details.file").open = true;
    hunk.classList.add("current");
    hunk.focus({ preventScroll: true });
    hunk.scrollIntoView({ block: "start" });
  };
  const laid = (file) => { fill(file); return all(".hunk", file); };
  const walk = (step, fits) => {
    const at = current ? files.indexOf(current.closest("details.file")) : step > 0 ? 0 : files.length - 1;
    let hunks = files.length ? laid(files[at]) : [];
    let next = current ? hunks.indexOf(current) + step : step > 0 ? 0 : hunks.length - 1;
    for (let file = at; ; ) {
      for (; next >= 0 && next < hunks.length; next += step) if (!hunks[next].hidden && fits(hunks[next])) return hunks[next];
      file += step;
      if (file < 0 || file >= files.length) return null;
      hunks = files[file].hidden ? [] : laid(files[file]);
      next = step > 0 ? 0 : hunks.length - 1;
    }
  };
  const walkFiles = (step) => {
    const from = current ? files.indexOf(current.closest("details.file")) : step > 0 ? -1 : files.length;
    for (let at = from + step; at >= 0 && at < files.length; at += step) {
      const first = files[at].hidden ? null : laid(files[at]).find((hunk) => !hunk.hidden);
      if (first) return first;
    }
    return null;
  };
  const jump = (where) => {
    const cut = where.lastIndexOf(":");
    const number = data.files.findIndex((file) => file.path === where.slice(0, cut));
    if (number < 0) return false;
    const file = files[number];
    file.open = true;
    fill(file);
    const line = all('.o > .l[data-n="' + CSS.escape(where.slice(cut + 1)) + '"]', file)[0];
    if (line?.closest("[hidden]")) { form.reset(); siftAll(); }
    if (line) { go(line.closest(".hunk")); line.scrollIntoView({ block: "center" }); } else file.scrollIntoView();
    return true;
  };

  // What a reviewer says no to, as lines of engines.yaml.
  const said = new Map(JSON.parse(store.get("no") || "[]"));
  const mine = new Set(data.files.flatMap((file) => file.texts.map((text) => JSON.stringify(text))));  // a browser keeps those of all reviews together
  const keyOf = (button) => JSON.stringify([button.dataset.path, button.dataset.text]);
  const tell = (button) => {
    button.classList.toggle("said", said.has(keyOf(button)));
    button.setAttribute("aria-pressed", String(said.has(keyOf(button))));
  };
  const yaml = (text) => JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  const write = () => {
    const here = [...said].filter(([key]) => mine.has(key));
    const lines = here.map(([key, why]) => {
      const [path, line] = JSON.parse(key);
      return "  - {path: " + yaml(path) + ", code: " + yaml(line) + ", reason: " + yaml(why) + "}";
    });
    one("#export").textContent = lines.length ? ["keep:", ...lines].join("\n") : "nothing yet";
    store.set("no", said.size ? JSON.stringify([...said]) : null);
  };
  const refuse = (button) => {
    const key = keyOf(button);
    if (said.has(key)) said.delete(key);
    else {
      const why = prompt("Why not? The reason goes into engines.yaml.")?.trim();
      if (!why) return;
      said.set(key, why);
    }
    for (const each of all("button.no")) tell(each);
    write();
  };

  // Light and dark, side by side and inline.
  const theme = (name) => { document.documentElement.dataset.theme = name; };
  const turn = () => {
    theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    store.set("theme", document.documentElement.dataset.theme);
  };
  theme(store.get("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  const view = (name) => {
    document.body.dataset.view = name;
    one("#view").setAttribute("aria-pressed", String(name === "inline"));
    store.set("view", name);
  };
  const flip = () => view(document.body.dataset.view === "side" ? "inline" : "side");
  view(store.get("view") || "side");
  const help = () => {
    const hidden = one("#help").toggleAttribute("hidden");
    one("#keys").setAttribute("aria-expanded", String(!hidden));
    measure();
  };

  const asks = (hunk) => data.files[hunk.closest("details.file").dataset.file].hunks[hunk.dataset.number].asks;
  const keys = {
    j: () => go(walk(1, () => true)), k: () => go(walk(-1, () => true)),
    n: () => go(walkFiles(1)), p: () => go(walkFiles(-1)),
    q: () => go(walk(1, asks)), Q: () => go(walk(-1, asks)),
    x: () => { if (current && !current.hidden) mark(current, !looked.has(current.dataset.id)); },
    "/": () => one("#search").focus(), v: flip, t: turn, "?": help, e: () => one("#no").scrollIntoView(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input[type=search], select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-at]");
    if (link) { event.preventDefault(); jump(link.dataset.at); }
    const no = event.target.closest("button.no");
    if (no) refuse(no);
  });
  document.addEventListener("change", (event) => {
    if (event.target.classList.contains("looked")) mark(event.target.closest(".hunk"), event.target.checked);
  });
  document.addEventListener("focusin", (event) => {
    const hunk = event.target.closest(".hunk");
    if (hunk && hunk !== current) { if (current) current.classList.remove("current"); current = hunk; hunk.classList.add("current"); }
  });
  one("#view").addEventListener("click", flip);
  one("#theme").addEventListener("click", turn);
  one("#keys").addEventListener("click", help);
  one("#copy").addEventListener("click", () => {
    const range = document.createRange();
    range.selectNodeContents(one("#export"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  });
  addEventListener("hashchange", () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const within = target && target.closest("details");
    if (within) within.open = true;
  });

  const measure = () => document.documentElement.style.setProperty("--top", one("#top").offsetHeight + "px");
  addEventListener("resize", measure);
  measure();
  for (const file of files) if (file.open) dress(file);
  count();
  write();
})();
