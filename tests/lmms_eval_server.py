"""Run scripts in lmms-eval's environment, which is imported once: a line of arguments is run by a forked process."""

import json
import os
import runpy
import sys
from pathlib import Path

import lmms_eval.cli.dispatch
import lmms_eval.models.chat.qwen2_5_omni  # noqa: F401 - what takes seconds to import

for line in sys.stdin:
    script, *arguments, log = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    output = os.open(log, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")
    sys.exit(0)
