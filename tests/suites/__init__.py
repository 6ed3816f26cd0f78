"""What `make test` and `make prove` run: suites of tests, in two lanes.

catalogue     the suites, and which of their proofs belong to which folders: data
selection     which proofs a change calls for, within the time that is left: pure
verdict       what a pytest process reports, and what else fails a run: skips, too many reruns
summary       the table at the end: counts, reruns, the slowest tests
change        the files that have changed since everything was proved
alone         one run at a time, without what a killed one has left
machine       artifacts, images and the Engine, ready before the first test
runner        lint, unit tests, then the lab: processes and lanes
"""
