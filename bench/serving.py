"""
The measuring process's side of measurer.ts: answers each line of JSON on stdin with one on stdout. A module that
measures is imported after this one: what its libraries print goes to stderr.
"""

import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def serve(about, prepare):
    """`about()` gives version and device; `prepare(case)` a function that makes so many steps."""
    runs = {}
    for line in sys.stdin:
        request = json.loads(line)
        ask = request["ask"]
        try:
            if ask == "about":
                answer = about()
            elif ask == "prepare":
                runs[request["id"]] = prepare(request["case"])
                answer = {"stepsAtOnce": 1}
            elif ask == "run":
                cpu, start = time.process_time(), time.perf_counter()
                runs[request["id"]](request["steps"])
                answer = {"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}
            else:
                runs.clear()
                answer = {}
        except Exception as error:  # the next case may well run
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(answer), file=answers, flush=True)
