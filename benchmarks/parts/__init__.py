"""What is measured, one part of the table each; every module has `measure(setting)`, which gives its figures."""
