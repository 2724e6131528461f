"""LorryStream's Lambda handler under the Runtime API: what AWS's Python runtime does, at its least.

    peer_runtime.py

Loads `lorrystream/process/kinesis_cratedb_lambda.py` as its image has it, as a file by itself, so
that the rest of the package costs nothing at start-up. Settings come from the environment, as its
documentation says.
"""

import http.client
import importlib.metadata
import importlib.util
import json
import os

PATH = "/2018-06-01/runtime/invocation"


def load_handler():
    distribution = importlib.metadata.distribution("lorrystream")
    path = distribution.locate_file("lorrystream/process/kinesis_cratedb_lambda.py")
    spec = importlib.util.spec_from_file_location("kinesis_cratedb_lambda", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def main():
    handler = load_handler()
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", PATH + "/next")
        answer = api.getresponse()
        request_id = answer.getheader("Lambda-Runtime-Aws-Request-Id")
        result = handler(json.loads(answer.read()), None)
        api.request("POST", f"{PATH}/{request_id}/response", json.dumps(result))
        api.getresponse().read()


if __name__ == "__main__":
    main()
