"""What the tests of the executables share: events, a scripted Runtime API, running a processor."""

import base64
import http.server
import json
import os
import queue
import sqlite3
import subprocess
import sys
import threading
import time

SKIPPED = 77
API = "/2018-06-01/runtime/"


def executable(variable):
    """The path that meson gives by `variable`; ends the test as skipped where there is none."""
    path = os.environ.get(variable)
    if not path or not os.access(path, os.X_OK):
        print(f"skipped: {variable} names no executable")
        sys.exit(SKIPPED)
    return path


def change(key, time_us, operation="INSERT", **attributes):
    """A CDC record of DynamoDB, as it lies in a stream."""
    keys = {"id": {"S": key}}
    images = {} if operation == "REMOVE" else {"NewImage": {**keys, **attributes}}
    return json.dumps({
        "awsRegion": "eu-west-1", "eventID": f"{key}-{time_us}", "eventName": operation,
        "userIdentity": None, "recordFormat": "application/json", "tableName": "t",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"ApproximateCreationDateTime": time_us, "Keys": keys, **images,
                     "SizeBytes": 100, "ApproximateCreationDateTimePrecision": "MICROSECOND"}})


POISON = "Hello, this is a test."


def event(*records):
    """A Lambda event that delivers the records; their sequence numbers are 101, 102, ..."""
    return json.dumps({"Records": [{
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "1",
                    "sequenceNumber": str(101 + i),
                    "data": base64.b64encode(record.encode()).decode(),
                    "approximateArrivalTimestamp": round(time.time(), 3)},
        "eventSource": "aws:kinesis", "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{101 + i}", "eventName": "aws:kinesis:record",
        "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/s",
    } for i, record in enumerate(records)]})


def rows(path, query):
    """The rows of a query in a SQLite file."""
    with sqlite3.connect(path) as db:
        return db.execute(query).fetchall()


class Invocation:
    """What `next` is answered with: an event, or only a status."""

    def __init__(self, body="", status=200, seconds=30, headers=None, answer_status=202):
        self.body, self.status, self.seconds = body, status, seconds
        self.headers, self.answer_status = headers or {}, answer_status


class Answer:
    """What a processor posted."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.json = json.loads(body)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        api = self.server.api
        assert self.path == API + "invocation/next", self.path
        api.asked.append(time.monotonic())
        invocation = api.invocations.get()
        if invocation is None:
            self.close_connection = True
            return
        api.count += 1
        api.current = invocation
        self.reply(invocation.status, {
            "Lambda-Runtime-Aws-Request-Id": f"request-{api.count}",
            "Lambda-Runtime-Deadline-Ms": int((time.time() + invocation.seconds) * 1000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:f",
            **invocation.headers}, invocation.body.encode())
        self.hang_up(api)

    def do_POST(self):
        api = self.server.api
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = api.current.answer_status if api.current else 202
        self.reply(status, {}, b'{"status":"OK"}')
        api.answers.put(Answer(self.path[len(API):], self.headers, body.decode()))
        self.hang_up(api)

    def hang_up(self, api):
        # Without a word in the answer: the connection looks kept, and is dead.
        self.close_connection = api.drops_connections


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Processors are killed in the middle of things: that is no news."""


class RuntimeApi:
    """A Runtime API that hands out what it is told to, and keeps what it is answered."""

    def __init__(self, drops_connections=False):
        self.drops_connections = drops_connections
        self.invocations, self.answers = queue.Queue(), queue.Queue()
        self.current, self.count, self.asked = None, 0, []
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.api = self
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def invoke(self, *args, **kwargs):
        """Hands an event out and returns what it was answered."""
        self.send(*args, **kwargs)
        return self.answers.get(timeout=30)

    def send(self, *args, **kwargs):
        self.invocations.put(Invocation(*args, **kwargs))

    def close(self):
        self.invocations.put(None)
        self.server.shutdown()
        self.server.server_close()


class AwsHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        aws = self.server.aws
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        aws.requests.append((self.headers, body))
        value = aws.values[min(len(aws.requests), len(aws.values)) - 1]
        answer = {"AmazonSSM.GetParameter": {"Parameter": {"Value": value}},
                  "secretsmanager.GetSecretValue": {"SecretString": value}}
        reply = json.dumps(answer[self.headers["X-Amz-Target"]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


class Aws:
    """Secrets Manager and Parameter Store: every read gives the next value, at the end the last."""

    ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "the-secret-key",
                   "AWS_SESSION_TOKEN": "the-session-token"}

    def __init__(self, *values):
        self.values, self.requests = values, []
        self.server = Server(("127.0.0.1", 0), AwsHandler)
        self.server.aws = self
        self.environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:%d" %
                            self.server.server_address[1], **self.ENVIRONMENT}
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Crate:
    """The model of a CrateDB server (tests/model), with one user."""

    def __init__(self, password, port=0):
        self.process = subprocess.Popen(
            [executable("LORRY_CRATEDB_MODEL"), "--port", str(port), "--user", "admin",
             "--password", password], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"crate://admin@127.0.0.1:{self.port}/"

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Processor:
    """A processor under an API, with these settings and no others; its output is kept."""

    def __init__(self, path, api, cwd, **settings):
        environment = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_REGION": "eu-west-1",
                       "AWS_LAMBDA_FUNCTION_NAME": "f", **settings}
        self.output = ""
        self.started = time.monotonic()
        self.process = subprocess.Popen([path], env=environment, cwd=cwd, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def wait(self, timeout=30):
        """The exit status."""
        self.output += self.process.communicate(timeout=timeout)[0]
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def lines(self):
        """The log, each line of which has to be JSON."""
        return [json.loads(line) for line in self.output.splitlines()]
