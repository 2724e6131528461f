"""lorry refresh: a new package, and nothing else; botocore is the witness."""

import base64
import json
import os
import re
import sys
import unittest

from pipeline_case import LORRY, STACK, PipelineCase
from documented import assert_documented
from scripted import package as scripted_package

NEWER = {"SOURCE_DATE_EPOCH": "1700000000"}  # makes another package of the same processor


class Refresh(PipelineCase):
    def function(self):
        return self.aws.client("lambda").get_function(FunctionName="Processor")

    def code(self):
        """What the function runs, as lorry writes it."""
        function = self.function()
        if "ResolvedImageUri" in function["Code"]:
            return function["Code"]["ResolvedImageUri"].partition("@")[2]
        return "sha256:" + base64.b64decode(function["Configuration"]["CodeSha256"]).hex()

    def parameters(self):
        stack = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}

    def events(self):
        events = self.aws.client("cloudformation").describe_stack_events(StackName=STACK)["StackEvents"]
        return [(e["LogicalResourceId"], e["ResourceStatus"]) for e in reversed(events)]

    def check(self, names):
        """`names`: parameters that say where the package is."""
        self.lorry("deploy")
        before, parameters = self.code(), self.parameters()
        # What else the file says is not this command's business.
        self.write(package=self.package, memory=512)
        result = self.lorry("refresh", "--json", **NEWER)
        value = json.loads(result.stdout)
        assert_documented(self, "lorry refresh", value)
        self.assertEqual((value["changed"], value["mended"], value["status"]), (True, False, "UPDATE_COMPLETE"))
        self.assertEqual((value["function"], value["code_before"]), ("Processor", before))
        self.assertNotEqual(value["code"], before)
        self.assertEqual(self.code(), value["code"])
        changes = re.findall(r"^  ([-+~!]) (\w+) +\S+ is (\w+: \w+)", result.stderr, re.M)
        self.assertEqual(changes, [("~", "Function", "changed: Code")])
        self.assertRegex(result.stderr, r"UPDATE_COMPLETE +Function")
        self.assertEqual(self.function()["Configuration"]["MemorySize"], 256)
        changed = {name for name, value in self.parameters().items() if value != parameters[name]}
        self.assertEqual(changed, names)
        # Again: nothing happens.
        count = len(self.events())
        again = self.lorry("refresh", **NEWER)
        self.assertEqual(again.stdout, f"nothing to change\nProcessor runs {value['code']}\n")
        self.assertEqual(len(self.events()), count)
        # And back: the package is there, at most the tag of the image moves.
        back = self.lorry("refresh")
        self.assertEqual(back.stdout, f"refreshed\nProcessor runs {before}\n")
        self.assertRegex(back.stderr, r"already|pushed: \d{3} B")
        self.assertEqual(self.parameters(), parameters)

    package = "zip"

    def test_zip(self):
        self.check({"CodeKey"})

    def test_image(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.package = "image"
        self.write(package="image")
        self.check({"ImageUri"})

    def test_changed_by_hand(self):
        """Parameters are right, and the function runs something else."""
        self.lorry("deploy")
        right, parameters = self.code(), self.parameters()
        self.aws.client("lambda").update_function_code(FunctionName="Processor", ZipFile=scripted_package())
        self.assertNotEqual(self.code(), right)
        value = json.loads(self.lorry("refresh", "--json").stdout)
        self.assertEqual((value["changed"], value["mended"], value["code"]), (True, True, right))
        self.assertEqual((self.code(), self.parameters()), (right, parameters))
        self.assertIn("nothing to change", self.lorry("refresh").stdout)

    def test_image_changed_by_hand(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.write(package="image")
        self.lorry("deploy")
        right, parameters = self.code(), self.parameters()
        other = json.loads(self.lorry("image", "push", "--json", **NEWER).stdout)
        uri = parameters["ImageUri"].partition("@")[0] + "@" + other["digest"]
        self.aws.client("lambda").update_function_code(FunctionName="Processor", ImageUri=uri)
        self.assertEqual(self.code(), other["digest"])
        result = self.lorry("refresh")
        self.assertIn(f"function Processor runs {other['digest']}, which its stack did not give it", result.stderr)
        self.assertEqual((self.code(), self.parameters()), (right, parameters))

    def test_what_is_more_than_a_package(self):
        self.assertIn(f'there is no stack "{STACK}": `lorry --stage dev deploy` makes it',
                      self.lorry("refresh", "--stage=dev", status=2).stderr)
        self.lorry("deploy")
        self.write(package="image")
        result = self.lorry("refresh", status=2)
        self.assertIn("has PackageType Zip, and the pipeline says Image", result.stderr)
        self.assertIn("`lorry deploy`", result.stderr)
        self.write(name="Other")
        self.assertIn("has FunctionName Processor, and the pipeline says Other",
                      self.lorry("refresh", status=2).stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_a_stack_of_somebody_else_is_left_alone(self):
        self.aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
        self.assertIn("lorry did not make", self.lorry("refresh", "--yes", status=2).stderr)

    def test_a_function_that_is_gone(self):
        self.lorry("deploy")
        self.aws.client("lambda").delete_function(FunctionName="Processor")
        self.assertIn('function "Processor" has been deleted', self.lorry("refresh", status=1).stderr)

    def test_interrupted_and_resumed(self):
        self.lorry("deploy")
        before = self.code()
        self.aws.set("seconds", 1)
        said = self.interrupt_at("UPDATE_IN_PROGRESS", "refresh", **NEWER)
        self.assertIn("CloudFormation goes on by itself: the same command looks on again", said)
        self.assertEqual(self.status(), "UPDATE_IN_PROGRESS")
        result = self.lorry("refresh", **NEWER)
        self.assertIn("UPDATE_IN_PROGRESS is under way; waiting for its end", result.stderr)
        self.assertTrue(result.stdout.startswith("nothing to change"), result.stdout)
        self.assertNotEqual(self.code(), before)


if __name__ == "__main__":
    sys.exit(unittest.main())
