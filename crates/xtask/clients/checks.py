"""What the check scripts share: functions marked `@check`, each run and told of on a line of its own."""

import sys
import time
import traceback

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def run(wanted, *arguments):
    """Runs the checks, or those that are named, with these arguments. Ends with `N passed, N failed`, and the process."""
    passed = failed = 0
    for function in CHECKS:
        if wanted and function.__name__ not in wanted:
            continue
        started = time.monotonic()
        try:
            function(*arguments)
            passed += 1
            print(f"ok      {function.__name__} {time.monotonic() - started:.1f}s", flush=True)
        except Exception as error:
            failed += 1
            place = traceback.extract_tb(error.__traceback__)[1:2] or traceback.extract_tb(error.__traceback__)
            print(f"FAILED  {function.__name__} line {place[0].lineno}: {type(error).__name__}: {str(error)[:600]}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)
