"""lorry/stack.h on the emulator: the documented driver as it is, and a program that makes each call and hears all
callbacks. botocore is the witness."""

import json
import os
import re
import subprocess
import sys
import unittest

from pipeline_case import STACK, PipelineCase
from documented import assert_documented

EXAMPLE = os.environ["LORRY_EXAMPLE"]
PROGRAM = os.environ["LORRY_STACK_PROGRAM"]
DOCUMENTED = "testdrive-dynamodb-dev"


class StackCase(PipelineCase):
    def environment(self):
        # The processor is found in PATH.
        folder = os.path.dirname(os.environ["LORRY"])
        return {**super().environment(), "PATH": folder + ":" + os.environ["PATH"]}

    def execute(self, *words, status=0, **more):
        result = subprocess.run(words, env={**self.environment(), **more}, stdin=subprocess.DEVNULL, cwd=self.folder,
                                capture_output=True, encoding="utf-8", timeout=120)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        return result

    def state(self, name=STACK):
        return self.aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

    def function(self, name="Processor"):
        return self.aws.client("lambda").get_function(FunctionName=name)


class Example(StackCase):
    def test_documented_driver(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        made = self.execute(EXAMPLE, SINK_PASSWORD="sesame")
        self.assertTrue(made.stdout.startswith("deployed\n"), made.stdout)
        self.assertNotIn("lorry status", made.stderr)
        self.assertRegex(made.stdout, r"(?m)^DynamoDBCrateDBProcessorArn +arn:aws:lambda:eu-central-1:")
        self.assertIn(f"stack {DOCUMENTED} in account", made.stderr)
        self.assertIn("repository kinesis-cratedb-lambda made", made.stderr)
        self.assertIn("dynamodb_kinesis_lambda_oci_cratedb.c:14: warning: the alarms tell nobody", made.stderr)
        self.assertNotIn("sesame", made.stdout + made.stderr)
        self.assertEqual(self.state(DOCUMENTED), "CREATE_COMPLETE")
        image = self.function("DynamoDBCrateDBProcessor")["Code"]["ImageUri"]
        self.assertRegex(image, r"/kinesis-cratedb-lambda@sha256:[0-9a-f]{64}$")
        secret = self.aws.client("secretsmanager").get_secret_value(SecretId="lorry/testdrive")
        self.assertEqual(secret["SecretString"], "sesame")
        again = self.execute(EXAMPLE)
        self.assertTrue(again.stdout.startswith("nothing to change\n"), again.stdout)
        self.assertIn("the image is in kinesis-cratedb-lambda already", again.stderr)
        self.assertEqual(self.execute(EXAMPLE, "diff", "--exit-code").stdout, "nothing to change\n")
        refreshed = self.execute(EXAMPLE, "refresh")
        self.assertTrue(refreshed.stdout.startswith("nothing to change\n"), refreshed.stdout)
        value = json.loads(self.execute(EXAMPLE, "destroy", "--yes", "--data", "--registry", "--json").stdout)
        self.assertTrue(value["changed"])
        self.assertEqual(self.aws.client("dynamodb").list_tables()["TableNames"], [])

    def test_without_a_terminal_nothing_is_destroyed(self):
        self.execute(EXAMPLE, "deploy", "--no-create", status=1, SINK_PASSWORD="sesame")
        result = self.execute(EXAMPLE, "destroy")
        self.assertEqual(result.stdout, "nothing to destroy\n")


class Calls(StackCase):
    def program(self, *words, status=0, **more):
        """What it said, by the first word."""
        result = self.execute(PROGRAM, *words, status=status, **more)
        said = {}
        for text in result.stdout.splitlines():
            kind, rest = text.split(" ", 1)
            said.setdefault(kind, []).append(rest)
        self.assertIn("result", said, (words, result.stdout, result.stderr))
        said["stderr"] = result.stderr
        return said

    def test_deploy(self):
        self.aws.set("seconds", 1)
        said = self.program("-q", "pipeline.yaml", "deploy")
        self.assertEqual(said["result"], ["1"])
        self.assertEqual(said["stderr"], "")
        self.assertTrue(any(text.startswith(f"stack {STACK} in account") for text in said["line"]), said["line"])
        self.assertIn("harmless Add Stream AWS::Kinesis::Stream: + Stream               AWS::Kinesis::Stream is made",
                      said["change"])
        finished = [text.split() for text in said["event"] if " CREATE_COMPLETE Function AWS::Lambda::Function " in text]
        self.assertEqual(len(finished), 1)
        self.assertRegex(finished[0][0], r"^20..-..-..T..:..:..")
        self.assertGreater(int(finished[0][4]), 0)
        self.assertTrue(said["waiting"])
        outputs = dict(text.split(" ", 1) for text in said["output"])
        self.assertEqual(outputs["FunctionName"], "Processor")
        self.assertEqual(outputs["ProcessorArn"], self.function()["Configuration"]["FunctionArn"])
        self.assertNotIn("error", said)
        self.assertNotIn("question", said)
        again = self.program("-q", "pipeline.yaml", "deploy")
        self.assertEqual(again["result"], ["0"])
        self.assertEqual(again["output"], said["output"])
        self.assertNotIn("change", again)

    def test_image(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        said = self.program("-q", "pipeline.yaml", "deploy", "processor.package=image")
        self.assertEqual(set(said["progress"]), {"1"})
        self.assertEqual(self.function()["Configuration"]["PackageType"], "Image")

    def test_a_field_is_changed(self):
        self.program("-q", "pipeline.yaml", "deploy")
        said = self.program("-q", "pipeline.yaml", "deploy", "processor.memory=512")
        self.assertEqual(said["result"], ["1"])
        self.assertEqual(self.function()["Configuration"]["MemorySize"], 512)
        said = self.program("-q", "pipeline.yaml", "refresh", "processor.memory=512")
        self.assertEqual(said["result"], ["0"])
        self.assertTrue(said["output"])

    def test_diff(self):
        self.assertIn("+ Stream", "\n".join(self.program("-q", "pipeline.yaml", "diff")["text"]))
        self.program("-q", "pipeline.yaml", "deploy")
        same = self.program("-q", "pipeline.yaml", "diff")
        self.assertEqual((same["result"], same["text"]), (["0"], ["nothing to change", ""]))
        more = self.program("-q", "pipeline.yaml", "diff", "processor.memory=512")
        self.assertEqual(more["result"], ["1"])
        self.assertIn("MemorySize: 256 -> 512", "\n".join(more["text"]))
        value = json.loads(more["json"][0])
        assert_documented(self, "lorry diff", value)
        self.assertTrue(value["differs"])
        failed = self.program("-q", "pipeline.yaml", "diff", status=1, AWS_SECRET_ACCESS_KEY="wrong")
        self.assertEqual((failed["result"], "text" in failed, "json" in failed), (["-1"], False, False))

    def test_questions(self):
        self.program("pipeline.yaml", "deploy")
        refused = self.program("-q", "-n", "pipeline.yaml", "deploy", "processor.name=Other", status=1)
        self.assertEqual(refused["question"], ["DELETE DATA, as said above?"])
        changes = {text.split()[2]: text.split()[0] for text in refused["change"]}
        self.assertEqual((changes["Function"], changes["LogGroup"]), ("replaces", "loses"))
        self.assertEqual(refused["error"], ["setting () nothing has been changed"])
        self.assertEqual(self.state(), "CREATE_COMPLETE")
        agreed = self.program("-q", "-y", "pipeline.yaml", "deploy", "processor.name=Other")
        self.assertEqual((agreed["result"], len(agreed["question"])), (["1"], 1))
        self.assertEqual(self.function("Other")["Configuration"]["FunctionName"], "Other")

    def test_the_terminal(self):
        """Without callbacks it is as `lorry` is: told on standard error; nobody to ask, nothing done."""
        said = self.program("pipeline.yaml", "deploy")
        self.assertIn("CREATE_COMPLETE             Function", said["stderr"])
        said = self.program("pipeline.yaml", "deploy", "processor.name=Other", status=1)
        self.assertRegex(said["error"][0], r"setting \(\) .*no terminal to ask at; nothing has been changed")
        self.assertEqual(self.state(), "CREATE_COMPLETE")
        self.assertEqual(self.program("-y", "pipeline.yaml", "deploy", "processor.name=Other")["result"], ["1"])

    def test_destroy(self):
        self.program("-q", "pipeline.yaml", "deploy")
        refused = self.program("-q", "pipeline.yaml", "destroy", status=1)
        self.assertEqual(refused["question"], [f"delete stack {STACK}?"])
        kept = self.program("-q", "-y", "pipeline.yaml", "destroy")
        self.assertEqual(kept["result"], ["1"])
        self.assertEqual(self.aws.client("dynamodb").list_tables()["TableNames"], ["table-testdrive"])
        gone = self.program("-q", "-y", "-d", "pipeline.yaml", "destroy")
        self.assertEqual(gone["result"], ["1"])
        self.assertTrue(any("table-testdrive" in text for text in gone["question"]), gone)
        self.assertEqual(self.aws.client("dynamodb").list_tables()["TableNames"], [])
        self.assertEqual(self.program("-q", "-d", "pipeline.yaml", "destroy")["result"], ["0"])

    def test_secret(self):
        url = "sink.url=crate://admin@crate.example.org:4200/", "sink.password.secret=lorry/flight"
        missing = self.program("-q", "pipeline.yaml", "deploy", *url, status=1)
        self.assertIn("SINK_PASSWORD", missing["error"][0])
        self.program("-q", "-p", "sesame", "pipeline.yaml", "deploy", *url)
        secret = self.aws.client("secretsmanager").get_secret_value(SecretId="lorry/flight")
        self.assertEqual(secret["SecretString"], "sesame")

    def test_stages(self):
        prod = "stages.prod.source.dynamodb.table=orders-prod", "stages.prod.stream.name=cdc-prod", \
            "stages.prod.processor.name=ProcessorProd"
        self.program("-q", "-s", "prod", "pipeline.yaml", "deploy", *prod)
        self.assertEqual(self.state("flight-prod"), "CREATE_COMPLETE")
        self.program("-q", "pipeline.yaml", "deploy", *prod)
        self.assertEqual(self.state(), "CREATE_COMPLETE")

    def test_mistakes(self):
        said = self.program("-q", "pipeline.yaml", "deploy", "processor.memory=1", "strem.name=x", status=1)
        self.assertEqual(len(said["mistake"]), 2)
        self.assertRegex(said["mistake"][0], r'stack_program\.c:\d+:0 "processor.memory" is "1", but must be from 128')
        self.assertRegex(said["error"][0], r"description \(\) pipeline.yaml describes no pipeline that works \(mistakes: 2\): "
                                           r'.*stack_program.c:\d+: "processor.memory" is "1"')
        self.assertEqual(self.aws.client("cloudformation").list_stacks()["StackSummaries"], [])

    def test_aws_refuses(self):
        said = self.program("-q", "pipeline.yaml", "deploy", status=1, AWS_SECRET_ACCESS_KEY="wrong")
        self.assertRegex(said["error"][0], r"^aws \(SignatureDoesNotMatch\) ")
        said = self.program("-q", "pipeline.yaml", "deploy", status=1, AWS_ENDPOINT_URL="http://127.0.0.1:1")
        self.assertRegex(said["error"][0], r"^network \(\) ")
        self.aws.client("logs").create_log_group(logGroupName="/aws/lambda/Processor")
        said = self.program("-q", "pipeline.yaml", "deploy", status=1)
        self.assertRegex(said["error"][0], r"^aws \(\) .*LogGroup")
        self.assertTrue([text for text in said["event"] if re.search(r"CREATE_FAILED LogGroup", text)])

    def test_check(self):
        """Of the endpoint it depends what is a mistake: AWS's functions keep no SQLite database."""
        said = self.program("pipeline.yaml", "check")
        self.assertEqual((said["result"], "mistake" in said, "error" in said), (["0"], False, False))
        self.assertIn('"sink.url": a Lambda function keeps', " ".join(said["warning"]))
        said = self.program("pipeline.yaml", "check", status=1, AWS_ENDPOINT_URL="")
        self.assertIn('"sink.url": a Lambda function keeps', " ".join(said["mistake"]))


if __name__ == "__main__":
    sys.exit(unittest.main())
