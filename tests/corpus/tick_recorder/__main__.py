from engines.tick_recorder.recorder import run

run()
