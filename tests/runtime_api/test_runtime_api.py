"""The executables against a scripted Runtime API, and by hand."""

import base64
import json
import os
import sqlite3
import subprocess
import tempfile
import time
import unittest

import support
from support import POISON, change, event, rows

PROCESSOR = support.executable("LORRY_PROCESSOR")
MY_PROCESSOR = support.executable("LORRY_MY_PROCESSOR")

SUCCESS = {"batchItemFailures": []}
T0 = 1720747060000000


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database = os.path.join(self.folder, "test.db")
        self.url = f"sqlite:///{self.database}"

    def api(self, **options):
        api = support.RuntimeApi(**options)
        self.addCleanup(api.close)
        return api

    def start(self, api, program=PROCESSOR, **settings):
        settings = {"SINK_URL": self.url, "SINK_TABLE": "t", **settings}
        processor = support.Processor(program, api, self.folder, **settings)
        self.addCleanup(processor.kill)
        return processor

    def keys(self, table="t_live"):
        return [pk for (pk,) in rows(self.database, f"SELECT pk FROM {table} ORDER BY pk")]

    def wait_for_next(self, api, count):
        for _ in range(1000):
            if len(api.asked) >= count:
                return
            time.sleep(0.01)
        self.fail(f"the processor did not ask for invocation {count}")


class Loop(Case):
    def test_success(self):
        api = self.api()
        processor = self.start(api)
        answer = api.invoke(event(change("a", T0), change("b", T0), change("a", T0 + 1, "REMOVE")))
        self.assertEqual(answer.path, "invocation/request-1/response")
        self.assertEqual(answer.json, SUCCESS)
        self.assertEqual(self.keys(), ['{"id":"b"}'])
        answer = api.invoke(event(change("c", T0)))
        self.assertEqual(answer.path, "invocation/request-2/response")
        self.assertEqual(self.keys(), ['{"id":"b"}', '{"id":"c"}'])
        self.wait_for_next(api, 3)
        processor.kill()
        metrics = [line for line in processor.lines() if "_aws" in line]
        self.assertEqual([line["Records"] for line in metrics], [3, 1])
        self.assertEqual([line["ChangesWritten"] for line in metrics], [2, 1])
        for line in metrics:
            directive = line["_aws"]["CloudWatchMetrics"][0]
            self.assertEqual(directive["Dimensions"], [["FunctionName"]])
            self.assertEqual(line["FunctionName"], "f")
            for metric in directive["Metrics"]:
                self.assertIsInstance(line[metric["Name"]], int)
            self.assertLess(line["IteratorAge"], 30000)

    def test_invocation_id_is_echoed(self):
        api = self.api()
        self.start(api)
        for body in event(change("a", T0)), "{}":
            answer = api.invoke(body, headers={"Lambda-Runtime-Invocation-Id": "inv-1"})
            self.assertEqual(answer.headers["Lambda-Runtime-Invocation-Id"], "inv-1")
        answer = api.invoke("{}")
        self.assertIsNone(answer.headers["Lambda-Runtime-Invocation-Id"])

    def test_no_event(self):
        api = self.api()
        self.start(api, ON_ERROR="exit")
        for body in "{}", '"hello"', "null", "not json":
            answer = api.invoke(body)
            self.assertTrue(answer.path.endswith("/error"), answer.path)
            self.assertEqual(answer.json["errorType"], "Lorry.NotAnEvent")
            self.assertEqual(answer.headers["Lambda-Runtime-Function-Error-Type"],
                             "Lorry.NotAnEvent")
        self.assertEqual(api.invoke(event(change("a", T0))).json, SUCCESS)

    def test_timed_out_invocations_are_survived(self):
        api = self.api()
        processor = self.start(api)
        api.send(status=410)
        answer = api.invoke(event(change("a", T0)), answer_status=410)
        self.assertEqual(answer.json, SUCCESS)
        self.assertEqual(api.invoke(event(change("b", T0))).json, SUCCESS)
        self.wait_for_next(api, 4)
        processor.kill()
        self.assertEqual(processor.output.count("timed out"), 2)

    def test_api_fails(self):
        api = self.api()
        processor = self.start(api)
        api.send(status=500)
        self.assertEqual(processor.wait(5), 1)
        self.assertIn("HTTP 500", processor.output)

    def test_api_fails_to_take_an_answer(self):
        api = self.api()
        processor = self.start(api)
        api.invoke(event(change("a", T0)), answer_status=500)
        self.assertEqual(processor.wait(5), 1)

    def test_api_is_gone(self):
        api = self.api()
        processor = self.start(api)
        self.wait_for_next(api, 1)
        api.close()
        self.assertEqual(processor.wait(5), 1)

    def test_connections_that_died_while_frozen(self):
        api = self.api(drops_connections=True)
        processor = self.start(api)
        for i in range(5):
            self.assertEqual(api.invoke(event(change(f"k{i}", T0))).json, SUCCESS)
            time.sleep(0.05)
        self.wait_for_next(api, 6)
        processor.kill()
        self.assertEqual({line["level"] for line in processor.lines()}, {"INFO"})

    def test_large_event(self):
        api = self.api()
        self.start(api)
        body = event(*(change(f"k{i}", T0, text={"S": "x" * 1500}) for i in range(2500)))
        self.assertGreater(len(body), 5 << 20)
        self.assertEqual(api.invoke(body).json, SUCCESS)
        self.assertEqual(len(self.keys()), 2500)


class Poison(Case):
    RECORDS = [change("a", T0), POISON, change("b", T0)]

    def check_applied(self):
        self.assertEqual(self.keys(), ['{"id":"a"}', '{"id":"b"}'])

    def test_dead_letter(self):
        api = self.api()
        self.start(api)
        self.assertEqual(api.invoke(event(*self.RECORDS)).json, SUCCESS)
        self.check_applied()
        self.assertEqual(rows(self.database, "SELECT count(*) FROM t_dead_letters"), [(1,)])

    def test_ignore(self):
        api = self.api()
        self.start(api, ON_ERROR="ignore")
        self.assertEqual(api.invoke(event(*self.RECORDS)).json, SUCCESS)
        self.check_applied()

    def test_raise(self):
        api = self.api()
        self.start(api, ON_ERROR="raise", REPORT_BATCH_ITEM_FAILURES="true")
        answer = api.invoke(event(*self.RECORDS))
        self.assertEqual(answer.json["errorType"], "Lorry.RecordsRefused")
        self.check_applied()

    def test_exit(self):
        api = self.api()
        processor = self.start(api, ON_ERROR="exit")
        api.send(event(*self.RECORDS))
        self.assertEqual(processor.wait(), 5)
        self.assertTrue(api.answers.empty())
        self.check_applied()

    def test_before_any_table_exists(self):
        api = self.api()
        self.start(api)
        self.assertEqual(api.invoke(event(POISON)).json, SUCCESS)
        self.assertEqual(rows(self.database, "SELECT count(*) FROM t_dead_letters"), [(1,)])


class Sink(Case):
    def lock(self):
        """Another program holds the database."""
        db = sqlite3.connect(self.database, isolation_level=None)
        db.execute("BEGIN EXCLUSIVE")
        self.addCleanup(db.close)
        return db

    def test_answers_before_the_deadline(self):
        self.lock()
        api = self.api()
        self.start(api)
        start = time.monotonic()
        answer = api.invoke(event(change("a", T0)), seconds=2.5)
        self.assertLess(time.monotonic() - start, 2.3)
        self.assertGreater(time.monotonic() - start, 0.8)
        self.assertEqual(answer.json["errorType"], "Lorry.SinkUnavailable")

    def test_names_what_is_open(self):
        self.lock()
        api = self.api()
        self.start(api, REPORT_BATCH_ITEM_FAILURES="true", ON_ERROR="ignore")
        answer = api.invoke(event(change("a", T0), change("b", T0)), seconds=1.5)
        self.assertEqual(answer.json, {"batchItemFailures": [{"itemIdentifier": "101"}]})

    def test_recovers(self):
        db = self.lock()
        api = self.api()
        self.start(api)
        answer = api.invoke(event(change("a", T0)), seconds=1.5)
        self.assertTrue(answer.path.endswith("/error"))
        db.rollback()
        self.assertEqual(api.invoke(event(change("a", T0))).json, SUCCESS)
        self.assertEqual(self.keys(), ['{"id":"a"}'])

    def test_no_database(self):
        for on_error, status in ("exit", 11), ("ignore", None), ("raise", None):
            with self.subTest(on_error):
                api = self.api()
                processor = self.start(api, ON_ERROR=on_error,
                                       SINK_URL="sqlite:////no/such/folder/x.db")
                if status:
                    api.send(event(change("a", T0)), seconds=3)
                    self.assertEqual(processor.wait(), status)
                else:
                    answer = api.invoke(event(change("a", T0)), seconds=3)
                    self.assertTrue(answer.path.endswith("/error"))


class Password(Case):
    def crate(self, password, **options):
        crate = support.Crate(password, **options)
        self.addCleanup(crate.close)
        return crate

    def aws(self, *values):
        aws = support.Aws(*values)
        self.addCleanup(aws.close)
        return aws

    def check_secrets(self, processor, *secrets):
        """Nothing secret was logged, however much was."""
        processor.kill()
        self.assertIn("INSERT INTO", processor.output)
        for secret in [*secrets, *support.Aws.ENVIRONMENT.values()]:
            self.assertNotIn(secret, processor.output)
            self.assertNotIn(base64.b64encode(f"admin:{secret}".encode()).decode(),
                             processor.output)

    def test_from_a_secret(self):
        crate, aws, api = self.crate("pw-one"), self.aws("pw-one"), self.api()
        processor = self.start(api, SINK_URL=crate.url, SINK_PASSWORD_SECRET="lorry/x",
                               LOG_LEVEL="DEBUG", SQL_ECHO="true", **aws.environment)
        self.wait_for_next(api, 1)
        self.assertEqual(aws.requests, [])  # lazily
        for i in range(3):
            self.assertEqual(api.invoke(event(change(f"k{i}", T0))).json, SUCCESS)
        (headers, body), = aws.requests
        self.assertEqual(body, {"SecretId": "lorry/x"})
        self.assertRegex(headers["Authorization"],
                         "^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/[0-9]{8}/eu-west-1/"
                         "secretsmanager/aws4_request, SignedHeaders=content-type;host;x-amz-date;"
                         "x-amz-security-token;x-amz-target, Signature=[0-9a-f]{64}$")
        self.assertEqual(headers["X-Amz-Security-Token"], "the-session-token")
        self.check_secrets(processor, "pw-one")

    def test_from_a_parameter(self):
        crate, aws, api = self.crate("pw-one"), self.aws("pw-one"), self.api()
        self.start(api, SINK_URL=crate.url, SINK_PASSWORD_SSM="/lorry/x", **aws.environment)
        self.assertEqual(api.invoke(event(change("a", T0))).json, SUCCESS)
        (_, body), = aws.requests
        self.assertEqual(body, {"Name": "/lorry/x", "WithDecryption": True})

    def test_rotated(self):
        crate, aws, api = self.crate("pw-two"), self.aws("pw-one", "pw-two"), self.api()
        processor = self.start(api, SINK_URL=crate.url, SINK_PASSWORD_SECRET="lorry/x",
                               SQL_ECHO="true", **aws.environment)
        self.assertEqual(api.invoke(event(change("a", T0))).json, SUCCESS)
        self.assertEqual(len(aws.requests), 2)
        self.check_secrets(processor, "pw-one", "pw-two")

    def test_wrong_for_good(self):
        crate, aws, api = self.crate("pw-two"), self.aws("pw-one"), self.api()
        processor = self.start(api, SINK_URL=crate.url, SINK_PASSWORD_SECRET="lorry/x",
                               ON_ERROR="ignore", **aws.environment)
        for _ in range(4):
            answer = api.invoke(event(change("a", T0), POISON))
            self.assertEqual(answer.json["errorType"], "Lorry.SinkRefused")
            self.assertIn("401", answer.json["errorMessage"])
        self.assertEqual(len(aws.requests), 2)  # again at most once a minute
        processor.kill()
        self.assertNotIn("pw-one", processor.output)

    def test_from_the_settings(self):
        crate, api = self.crate("pw-one"), self.api()
        for settings in ({"SINK_URL": crate.url, "SINK_PASSWORD": "pw-one"},
                         {"SINK_URL": crate.url.replace("admin@", "admin:pw-one@")}):
            processor = self.start(api, LOG_LEVEL="DEBUG", SQL_ECHO="true", **settings)
            self.assertEqual(api.invoke(event(change("a", T0))).json, SUCCESS)
            self.check_secrets(processor, "pw-one")

    def test_sink_restarts_between_invocations(self):
        crate, api = self.crate("pw-one"), self.api()
        processor = self.start(api, SINK_URL=crate.url, SINK_PASSWORD="pw-one")
        self.assertEqual(api.invoke(event(change("a", T0))).json, SUCCESS)
        crate.close()
        self.crate("pw-one", port=crate.port)
        self.assertEqual(api.invoke(event(change("b", T0))).json, SUCCESS)
        self.wait_for_next(api, 3)
        processor.kill()
        self.assertNotIn("ERROR", processor.output)

    def test_sink_down(self):
        crate, api = self.crate("pw-one"), self.api()
        crate.close()
        self.start(api, SINK_URL=crate.url, SINK_PASSWORD="pw-one")
        answer = api.invoke(event(change("a", T0)), seconds=2)
        self.assertEqual(answer.json["errorType"], "Lorry.SinkUnavailable")
        self.assertNotIn("pw-one", answer.body)


class Settings(Case):
    def test_wrong_ones_are_all_reported_before_anything_is_read(self):
        api = self.api()
        processor = self.start(api, MESSAGE_FORMAT="dms", ON_ERROR="stop",
                               SINK_URL="mysql://admin:s3cret@db/", SINK_PASSWORD="s3cret")
        self.assertEqual(processor.wait(), 22)
        answer = api.answers.get(timeout=5)
        self.assertEqual(answer.path, "init/error")
        self.assertEqual(answer.headers["Lambda-Runtime-Function-Error-Type"],
                         "Lorry.WrongSetting")
        self.assertEqual(api.asked, [])
        messages = [line["message"] for line in processor.lines() if line["level"] == "ERROR"]
        for name in "MESSAGE_FORMAT", "ON_ERROR", "SINK_URL", "SINK_PASSWORD":
            self.assertIn(f"{name}: ", answer.json["errorMessage"])
            self.assertEqual(len([m for m in messages if m.startswith(f"{name}: ")]), 1, name)
        self.assertNotIn("s3cret", processor.output + answer.body)

    def test_no_sink(self):
        api = self.api()
        processor = self.start(api, SINK_URL="")
        self.assertEqual(processor.wait(), 22)
        self.assertIn("SINK_URL: it is not set", processor.output)


class OwnProcessor(Case):
    RECORDS = [
        change("a", T0, mail={"S": "a@example.org"}, name={"S": "Ada"}),
        change("b", T0, test={"BOOL": True}),
        change("c", T0, status={"N": "7"}),
    ]

    def check(self):
        self.assertEqual(self.keys(), ['{"id":"a"}'])
        (data,), = rows(self.database, "SELECT data FROM t_live")
        self.assertEqual(json.loads(data),
                         {"mail": "(hidden)", "name": "Ada", "origin": "dynamodb"})
        (reason,), = rows(self.database, "SELECT reason FROM t_dead_letters")
        self.assertIn('the attribute "status" is no text', reason)

    def test_under_the_runtime_api(self):
        api = self.api()
        self.start(api, program=MY_PROCESSOR)
        self.assertEqual(api.invoke(event(*self.RECORDS)).json, SUCCESS)
        self.check()

    def test_by_hand(self):
        source = os.path.join(self.folder, "event.json")
        with open(source, "w", encoding="utf-8") as file:
            file.write(event(*self.RECORDS))
        run = subprocess.run([MY_PROCESSOR, "--table", "t", source, self.url], env={},
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.check()
        self.assertIn("changes dropped  1", run.stdout)
        run = subprocess.run([MY_PROCESSOR, "--strict", "--table", "t", source, self.url], env={},
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)


class ByHand(Case):
    def run_it(self, *args, **kwargs):
        return subprocess.run([PROCESSOR, *args], env={}, cwd=self.folder, capture_output=True,
                              text=True, check=False, **kwargs)

    def test_usage(self):
        for args in [], ["only-one"], ["--no-such-option", "a", "b"]:
            run = self.run_it(*args)
            self.assertEqual(run.returncode, 2)
            self.assertIn("usage: ", run.stderr)
            self.assertEqual(run.stdout, "")

    def test_help(self):
        run = self.run_it("--help")
        self.assertEqual(run.returncode, 0)
        self.assertIn("usage: ", run.stdout)

    def test_standard_input(self):
        run = self.run_it("--table", "t", "-", "sqlite:///test.db",
                          input=change("a", T0) + "\n" + change("b", T0) + "\n")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.keys(), ['{"id":"a"}', '{"id":"b"}'])

    def test_failures(self):
        run = self.run_it("no-such-file", "sqlite:///test.db")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no-such-file", run.stderr)
        run = self.run_it("-", "mysql://admin:s3cret@h/", input="")
        self.assertEqual(run.returncode, 2)
        self.assertNotIn("s3cret", run.stderr)


if __name__ == "__main__":
    unittest.main()
