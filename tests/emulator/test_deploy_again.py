"""lorry deploy after something went wrong or away: killed on its way, data kept by destroy, templates that are
too large, and the documented walk with an image."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

from pipeline_case import STACK, PipelineCase
from emulator import ACCOUNT, ALLOW_ALL, REGION
from test_deploy import INSERT, UPDATE

BUCKET = f"lorry-packages-{ACCOUNT}-{REGION}"
TAGS = ", ".join(f"tag-{i:02}: {'v' * 240}" for i in range(40))


class DeployAgain(PipelineCase):
    def kill_deploy_at(self, sign):
        """Ends it without warning once it has said that."""
        self.interrupt_at(sign, "deploy", number=signal.SIGKILL)

    def test_killed_on_its_way(self):
        """At every step; the next run does what is left, and the last one sees to the rest."""
        self.aws.set("seconds", 600)
        for sign in (f"bucket {BUCKET} made", "package uploaded", "changes:", "CREATE_IN_PROGRESS", "is under way"):
            self.kill_deploy_at(sign)
        self.assertEqual(self.aws.cli("cloudformation", "describe-stacks", "--stack-name", STACK)
                         ["Stacks"][0]["StackStatus"], "CREATE_IN_PROGRESS")
        # CloudFormation goes on by itself.
        self.aws.set("seconds", 0)
        self.lorry("deploy")
        self.assertEqual(self.status(), "CREATE_COMPLETE")
        self.lorry("sql", INSERT)
        self.await_rows([(42.42,)])
        # And so for an update.
        self.write(memory=512)
        self.aws.set("seconds", 600)
        self.kill_deploy_at("UPDATE_IN_PROGRESS")
        self.aws.set("seconds", 0)
        self.lorry("deploy")
        self.assertEqual(self.status(), "UPDATE_COMPLETE")
        self.assertEqual(self.aws.cli("lambda", "get-function-configuration", "--function-name",
                                      "Processor")["MemorySize"], 512)

    def items(self):
        return self.aws.client("dynamodb").scan(TableName="table-testdrive")["Count"]

    def test_kept_data_comes_back(self):
        """Rows survive, and the pipeline goes on with them."""
        self.lorry("deploy")
        self.lorry("sql", INSERT)
        self.await_rows([(42.42,)])
        self.lorry("destroy", "--yes")
        self.assertEqual(self.items(), 1)
        # What cannot be taken over is said, and nothing is made.
        retain = ("keys: {device: S, timestamp: S}", "keys: {device: S, timestamp: S}\n    retain: false")
        self.write(retain=retain)
        refused = self.lorry("deploy", status=2).stderr
        self.assertIn("`retain: true`", refused)
        self.assertIn("`existing: true` under `source: dynamodb:`", refused)
        self.write(keys=("timestamp: S}", "timestamp: N}"))
        self.assertIn("has other keys than the pipeline says: keys: {device: S, timestamp: S}",
                      self.lorry("deploy", status=2).stderr)
        self.write()
        key = self.aws.user("blind", ALLOW_ALL + [
            {"Effect": "Deny", "Action": "dynamodb:ListTagsOfResource", "Resource": "*"}])
        blind = self.lorry("deploy", status=1, AWS_ACCESS_KEY_ID=key[0], AWS_SECRET_ACCESS_KEY=key[1]).stderr
        self.assertIn("whether it is of this pipeline cannot be seen; `existing: true` uses it as it is", blind)
        self.assertIn("dynamodb:ListTagsOfResource", blind)
        # And now as it was.
        result = self.lorry("deploy")
        self.assertIn("table table-testdrive is there from before", result.stderr)
        self.assertRegex(result.stderr, r"\+ Table +AWS::DynamoDB::Table becomes part of the stack")
        self.assertRegex(result.stderr, r"\+ Stream +AWS::Kinesis::Stream becomes part of the stack")
        self.assertEqual((self.status(), self.items()), ("CREATE_COMPLETE", 1))
        owned = self.aws.cli("cloudformation", "describe-stack-resources", "--stack-name", STACK)["StackResources"]
        self.assertIn("Table", [r["LogicalResourceId"] for r in owned])
        self.lorry("sql", UPDATE)
        self.await_rows([(43.59,)])
        self.assertIn("nothing to change", self.lorry("deploy").stdout)

    def template(self):
        return self.aws.client("cloudformation").get_template(StackName=STACK)["TemplateBody"]

    def test_large_template(self):
        self.write(tags=("stream: {", f"tags: {{{TAGS}}}\nstream: {{"))
        made = self.lorry("template", "--format=json").stdout
        self.assertGreater(len(made), 51200)
        result = self.lorry("deploy")
        self.assertIn(f"too large to be sent inline; uploaded to s3://{BUCKET}/flight/template-", result.stderr)
        self.assertEqual(json.loads(json.dumps(self.template())), json.loads(made))
        [key] = [o["Key"] for o in self.aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
                 if "template-" in o["Key"]]
        self.assertRegex(key, r"^flight/template-[0-9a-f]{64}\.json$")
        self.assertFalse(json.loads(self.lorry("diff", "--json").stdout)["differs"])
        again = self.lorry("deploy")
        self.assertTrue(again.stdout.startswith("nothing to change"), again.stdout)
        self.assertNotIn("uploaded", again.stderr)

    def test_what_others_changed_is_reverted(self):
        """A setting that was changed, and a function that was deleted; CloudFormation does not look by itself."""
        functions = self.aws.client("lambda")
        self.lorry("deploy")
        self.assertIn("nothing to change", self.lorry("deploy", "--revert-drift").stdout)
        functions.update_function_configuration(FunctionName="Processor", MemorySize=512)
        self.assertIn("nothing to change", self.lorry("deploy").stdout)
        self.assertIn("~ Function             AWS::Lambda::Function is changed: MemorySize",
                      self.lorry("deploy", "--revert-drift").stderr)
        self.assertEqual(functions.get_function_configuration(FunctionName="Processor")["MemorySize"], 256)
        functions.delete_function(FunctionName="Processor")
        deleted = "function Processor has been deleted, and its stack does not know: `lorry deploy --revert-drift`"
        self.assertIn(deleted, self.lorry("diff").stderr)
        self.assertIn(deleted.replace("Processor", '"Processor"'), self.lorry("deploy", status=1).stderr)
        self.lorry("deploy", "--revert-drift")
        self.assertIn("nothing to change", self.lorry("deploy", "--revert-drift").stdout)
        self.lorry("sql", INSERT)
        self.await_rows([(42.42,)])

    def test_failed_update_names_its_cause(self):
        """And the settings of before are still there."""
        self.lorry("deploy")
        self.write(memory=512, start=("batch: {window: 0s}", "batch: {window: 0s, starting-position: LATEST}"))
        mapping = next(r for r in json.loads(self.lorry("diff", "--json").stdout)["resources"]
                       if r["logical_id"] == "Mapping")
        self.assertIn("delete the old one first", mapping["blocked"])
        result = self.lorry("deploy", "--yes", status=1)
        self.assertRegex(result.stderr, r"is UPDATE_ROLLBACK_COMPLETE: Mapping \(AWS::Lambda::EventSourceMapping\): "
                                        r".*already exists.*; a stream and a function have one mapping only")
        functions = self.aws.client("lambda")
        found = self.aws.cli("lambda", "get-function-configuration", "--function-name", "Processor")
        self.assertEqual(found["MemorySize"], 256)
        # What the message says helps.
        [old] = functions.list_event_source_mappings(FunctionName="Processor")["EventSourceMappings"]
        functions.delete_event_source_mapping(UUID=old["UUID"])
        while functions.list_event_source_mappings(FunctionName="Processor")["EventSourceMappings"]:
            time.sleep(0.02)
        self.lorry("deploy", "--yes")
        self.assertEqual(self.status(), "UPDATE_COMPLETE")
        [new] = functions.list_event_source_mappings(FunctionName="Processor")["EventSourceMappings"]
        self.assertEqual(new["StartingPosition"], "LATEST")


class Image(PipelineCase):
    """In a chroot, where no file of this machine is: the sink is reached over the network."""

    def setUp(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        super().setUp()
        self.database = subprocess.Popen([os.environ["LORRY_CRATEDB_MODEL"]], stdout=subprocess.PIPE,
                                         encoding="ascii")
        self.addCleanup(self.end_database)
        port = int(self.database.stdout.readline())
        # A large template goes into a bucket, which such a pipeline needs for nothing else.
        self.write(package="image", sink=(f"sqlite:///{self.folder / 'sink.db'}", f"crate://crate@127.0.0.1:{port}/"),
                   tags=("stream: {", f"tags: {{{TAGS}}}\nstream: {{"))

    def end_database(self):
        self.database.send_signal(signal.SIGTERM)
        self.database.communicate(timeout=30)

    def rows(self):
        result = self.lorry("query", "--json", "SELECT data['temperature'] FROM transactions")
        return [tuple(row) for row in json.loads(result.stdout)["rows"]]

    def test_flights(self):
        self.assertIn(f"bucket {BUCKET} made", self.lorry("deploy").stderr)
        invoked = json.loads(self.lorry("invoke", "--example=kinesis").stdout)
        self.assertEqual(invoked, {"batchItemFailures": []})
        self.lorry("sql", INSERT)
        self.await_rows([(42.42,)])
        self.lorry("sql", UPDATE)
        self.await_rows([(43.59,)])
        self.lorry("destroy", "--yes", "--data", "--registry")
        self.assertEqual(self.aws.cli("cloudformation", "list-stacks", "--stack-status-filter",
                                      "CREATE_COMPLETE")["StackSummaries"], [])


if __name__ == "__main__":
    sys.exit(unittest.main())
