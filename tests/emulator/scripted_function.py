"""The bootstrap of a function that answers as it is told and notes what it got.

Environment: SCRIPT, a file with a JSON list of steps, one for each invocation, the last for all
further ones; SEEN, a file to which each event is added as a line. A step is one of

    {"return": VALUE}               that value
    {"fail": [INDEX, ...]}          a partial answer that names these records of the event
    {"fail_data": TEXT}             a partial answer that names the records whose data has the text, if any
    {"error": MESSAGE}              the handler's error
    {"exit": STATUS}                a crash
    {"sleep": SECONDS}              a timeout, if that is long enough
    {"print": [LINE, ...]}          output; then null
"""

import base64
import json
import os
import sys
import time
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"


def call(path, *body):
    data = json.dumps(*body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(API + path, data=data)) as answer:
        return answer.headers.get("Lambda-Runtime-Aws-Request-Id"), answer.read()


def partial(numbers):
    return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}


def do(step, event):
    """Returns what to post: response or error, and its body."""
    records = [r["kinesis"] for r in event.get("Records", [])] if isinstance(event, dict) else []
    if "exit" in step:
        sys.exit(step["exit"])
    time.sleep(step.get("sleep", 0))
    print(*step.get("print", []), sep="\n", flush=True)
    if "error" in step:
        return "error", {"errorType": "Scripted", "errorMessage": step["error"]}
    if "fail" in step:
        return "response", partial(records[i]["sequenceNumber"] for i in step["fail"])
    if "fail_data" in step:
        return "response", partial(r["sequenceNumber"] for r in records
                                   if step["fail_data"].encode() in base64.b64decode(r["data"]))
    if "environment" in step:
        return "response", dict(os.environ)
    return "response", step.get("return")


def main():
    with open(os.environ["SCRIPT"], encoding="utf-8") as script:
        steps = json.load(script)
    while True:
        request, body = call("next")
        with open(os.environ["SEEN"], "a+", encoding="utf-8") as seen:
            seen.seek(0)
            count = len(seen.readlines())
            seen.write(body.decode() + "\n")
        kind, answer = do(steps[min(count, len(steps) - 1)], json.loads(body))
        call(f"{request}/{kind}", answer)


main()
