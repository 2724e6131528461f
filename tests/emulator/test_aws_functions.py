"""The emulator's functions: states and environment; aws/functions.py names the facts."""

import concurrent.futures
import json
import sys
import unittest

import packages

packages.require("botocore", "ministack")
from botocore.exceptions import ClientError
from scripted import LONG_S, SHORT_S, Case, package


class Functions(Case):
    def refused(self, call, **options):
        with self.assertRaises(ClientError) as caught:
            call(FunctionName="f", **options)
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceConflictException")

    def state(self):
        found = self.aws.client("lambda").get_function_configuration(FunctionName="f")
        return found["State"], found["LastUpdateStatus"]

    def test_pending_then_active(self):
        functions = self.aws.client("lambda")
        self.aws.set("seconds", LONG_S)
        functions.create_function(FunctionName="f", Runtime="provided.al2023", Handler="bootstrap",
                                  Role="arn:aws:iam::123456789012:role/r", Code={"ZipFile": package()})
        self.assertEqual(self.state()[0], "Pending")
        self.refused(functions.invoke)
        self.aws.set("seconds", SHORT_S)
        self.eventually(lambda: self.state() == ("Active", "Successful"))

    def test_one_update_at_a_time(self):
        self.function({"return": 1})
        functions = self.aws.client("lambda")
        self.aws.set("seconds", LONG_S)
        made = functions.update_function_code(FunctionName="f", ZipFile=package())
        self.assertEqual((made["State"], made["LastUpdateStatus"]), ("Active", "InProgress"))
        self.assertEqual(self.state(), ("Active", "InProgress"))
        self.refused(functions.update_function_code, ZipFile=package())
        self.refused(functions.update_function_configuration, Timeout=7)
        self.aws.set("seconds", SHORT_S)
        self.eventually(lambda: self.state() == ("Active", "Successful"))
        functions.update_function_configuration(FunctionName="f", Timeout=7)

    def test_an_update_in_progress_changes_nothing_yet(self):
        self.function({"environment": True})
        functions = self.aws.client("lambda")

        def settled():
            self.aws.set("seconds", 0)
            self.eventually(lambda: self.state() == ("Active", "Successful"))
            self.aws.set("seconds", LONG_S)

        def seen():
            return json.loads(functions.invoke(FunctionName="f")["Payload"].read()).get("NEW", "old")

        self.assertEqual(seen(), "old")
        self.aws.set("seconds", LONG_S)
        functions.update_function_configuration(FunctionName="f", Environment={"Variables": {
            "SCRIPT": str(self.script), "SEEN": str(self.seen), "NEW": "settings"}})
        self.assertEqual(seen(), "old")
        settled()
        self.assertEqual(seen(), "settings")
        functions.update_function_code(FunctionName="f", ZipFile=package("os.environ['NEW'] = 'code'"))
        self.assertEqual(seen(), "settings")
        settled()
        self.assertEqual(seen(), "code")

    def test_environment(self):
        self.function({"environment": True}, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"})
        answer = json.loads(self.aws.client("lambda").invoke(FunctionName="f")["Payload"].read())
        self.assertEqual((answer["AWS_LAMBDA_FUNCTION_NAME"], answer["AWS_REGION"], answer["SEEN"],
                          answer["AWS_LAMBDA_LOG_LEVEL"], answer["AWS_ENDPOINT_URL"]),
                         ("f", "eu-central-1", str(self.seen), "WARN", self.aws.url))
        ours = {name for name in answer if not name.startswith(("AWS_", "LAMBDA_", "_", "LC_"))}
        self.assertEqual(ours, {"PATH", "LANG", "TZ", "SEEN", "SCRIPT"})

    def test_an_update_lets_invocations_end(self):
        self.function({"sleep": 1, "return": 1})
        functions = self.aws.client("lambda")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(functions.invoke, FunctionName="f")
            self.eventually(self.events)
            functions.update_function_code(FunctionName="f", ZipFile=package())
            self.assertEqual(answer.result()["Payload"].read(), b"1")


if __name__ == "__main__":
    sys.exit(unittest.main())
