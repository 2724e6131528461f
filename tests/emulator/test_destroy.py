"""lorry destroy: what goes, what stays, and what is asked; botocore is the witness."""

import json
import os
import signal
import sys
import unittest

from pipeline_case import LORRY, STACK, PipelineCase
from documented import assert_documented


class Destroy(PipelineCase):
    def tables(self):
        return self.aws.client("dynamodb").list_tables()["TableNames"]

    def streams(self):
        return self.aws.client("kinesis").list_streams()["StreamNames"]

    def buckets(self):
        return [b["Name"] for b in self.aws.client("s3").list_buckets()["Buckets"]]

    def output(self, name):
        stack = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}[name]

    def assert_no_stack(self):
        stacks = self.aws.client("cloudformation").list_stacks()["StackSummaries"]
        self.assertEqual([s["StackName"] for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"], [])

    def test_data_stays(self):
        """Until it is said; and a stack that is gone is no failure."""
        self.lorry("deploy")
        asked = self.lorry("destroy", status=2)
        self.assertIn("- stack flight-dev goes, with function", asked.stderr)
        self.assertIn("  table table-testdrive stays: it holds data, and only --data", asked.stderr)
        self.assertIn("--yes", asked.stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")
        result = self.lorry("destroy", "--yes", "--json")
        self.assertRegex(result.stderr, r"DELETE_COMPLETE +Function")
        value = json.loads(result.stdout)
        assert_documented(self, "lorry destroy", value)
        self.assertEqual([gone["kind"] for gone in value["deleted"]], ["stack", "bucket"])
        self.assertEqual([kept["kind"] for kept in value["kept"]], ["table", "stream", "folder"])
        self.assertIn("the table goes on sending its changes to the stream, and both go on costing money",
                      result.stderr)
        self.assert_no_stack()
        self.assertEqual((self.tables(), self.streams()), (["table-testdrive"], ["dynamodb-cdc"]))
        self.assertNotIn(value["deleted"][1]["name"], self.buckets())
        bucket, folder = value["kept"][2]["name"].removeprefix("s3://").split("/", 1)
        self.assertEqual(folder, "flight/")
        self.assertEqual(self.aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=folder)["KeyCount"], 1)
        again = self.lorry("destroy")
        self.assertEqual(again.stdout, "nothing to destroy\n")
        self.assertIn("there is no stack flight-dev", again.stderr)
        self.assertIn("--yes", self.lorry("destroy", "--data", status=2).stderr)
        self.assertEqual(self.tables(), ["table-testdrive"])
        self.lorry("destroy", "--data", "--yes")
        self.assertEqual((self.tables(), self.streams()), ([], []))

    def test_interrupted_and_resumed(self):
        self.lorry("deploy")
        self.aws.set("seconds", 1)
        said = self.interrupt_at("DELETE_IN_PROGRESS", "destroy", "--yes", number=signal.SIGTERM)
        self.assertIn("CloudFormation goes on by itself: the same command looks on again", said)
        self.assertEqual(self.status(), "DELETE_IN_PROGRESS")
        result = self.lorry("destroy", "--yes", "--data")
        self.assertIn("DELETE_IN_PROGRESS is under way; waiting for its end", result.stderr)
        self.assert_no_stack()
        self.assertEqual((self.tables(), self.streams()), ([], []))

    def test_answers(self):
        self.lorry("deploy")
        shown, status = self.at_a_terminal("destroy", "--data", answers=["n"], asks=["[y/N] "])
        self.assertIn("delete stack flight-dev? [y/N] ", shown)
        self.assertEqual((status, shown.count("nothing ")), (1, 1), shown)
        # What is asked about is told with --quiet as well.
        quiet, status = self.at_a_terminal("destroy", "--data", "--quiet", answers=["n"], asks=["[y/N] "])
        self.assertEqual((quiet, status), (shown, 1))
        self.assertEqual(self.lorry("destroy", "--quiet", "--json", status=2).stdout, "")
        shown, status = self.at_a_terminal("destroy", "--data", answers=["y", "y", "n"], asks=["[y/N] "])
        self.assertIn("DELETE table table-testdrive with all its items? It cannot be undone. [y/N] ", shown)
        self.assertEqual(status, 1)
        self.assertEqual((self.status(), self.tables()), ("CREATE_COMPLETE", ["table-testdrive"]))
        shown, status = self.at_a_terminal("destroy", "--data", answers=["y", "y", "y"], asks=["[y/N] "])
        self.assertEqual(status, 0, shown)
        self.assert_no_stack()
        self.assertEqual((self.tables(), self.streams()), ([], []))

    def test_what_is_not_to_be_kept_goes_with_the_stack(self):
        self.write(retain=("keys: {device: S, timestamp: S}", "keys: {device: S, timestamp: S}\n    retain: false"))
        self.lorry("deploy")
        result = self.lorry("destroy", "--yes")
        self.assertIn("- table table-testdrive goes, with all its data", result.stderr)
        self.assert_no_stack()
        self.assertEqual((self.tables(), self.streams()), ([], []))

    def test_protected(self):
        self.write(protection=("stream: {", "termination-protection: true\nstream: {"))
        self.lorry("deploy")
        self.assertIn("termination-protection: false", self.lorry("destroy", "--yes", status=2).stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_a_stack_of_somebody_else_is_left_alone(self):
        self.aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
        self.assertIn("lorry did not make", self.lorry("destroy", "--yes", "--data", status=2).stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_records_that_could_not_be_processed_stay(self):
        self.lorry("deploy")
        bucket = self.output("FailureBucketName")
        for number in range(3):
            self.aws.client("s3").put_object(Bucket=bucket, Key="aws/lambda/é %d" % number, Body=b"{}")
        result = self.lorry("destroy", "--yes")
        self.assertIn(f"  bucket {bucket} stays: it holds records that could not be processed", result.stderr)
        self.assertEqual(self.aws.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"], 3)

    def test_records_that_could_not_be_processed_go_with_the_data(self):
        self.lorry("deploy")
        bucket = self.output("FailureBucketName")
        for number in range(3):
            self.aws.client("s3").put_object(Bucket=bucket, Key="aws/lambda/é %d" % number, Body=b"{}")
        result = self.lorry("destroy", "--yes", "--data")
        self.assertIn(f"3 objects of bucket {bucket} deleted\nbucket {bucket} deleted\n", result.stderr)
        self.assertNotIn(bucket, self.buckets())

    def test_what_was_left_behind_is_found_again(self):
        """The bucket that was to stay, once it is to go as well."""
        self.lorry("deploy")
        bucket = self.output("FailureBucketName")
        self.aws.client("s3").put_object(Bucket=bucket, Key="aws/lambda/x", Body=b"{}")
        self.lorry("destroy", "--yes")
        again = self.lorry("destroy")
        self.assertEqual(again.stdout, "nothing to destroy\n")
        self.assertIn(f"  bucket {bucket} stays: it holds records", again.stderr)
        asked = self.lorry("destroy", "--data", status=2)
        self.assertIn(f"- bucket {bucket} goes, with all records", asked.stderr)
        self.lorry("destroy", "--data", "--yes")
        self.assertNotIn(bucket, self.buckets())
        self.assertEqual(self.lorry("destroy", "--data").stdout, "nothing to destroy\n")

    def test_queue(self):
        self.write(queue=("batch: {window: 0s}", "batch: {window: 0s}\n  on-failure: sqs"))
        self.lorry("deploy")
        queue = self.output("FailureQueueUrl")
        self.assertIn(f"  queue {queue} stays: it may tell", self.lorry("destroy", "--yes").stderr)
        self.assertEqual(self.aws.client("sqs").list_queues()["QueueUrls"], [queue])
        self.lorry("destroy", "--yes", "--data")
        self.assertEqual(self.aws.client("sqs").list_queues().get("QueueUrls", []), [])
        self.assertEqual(self.lorry("destroy", "--data").stdout, "nothing to destroy\n")

    def test_queue_goes_with_the_data(self):
        self.write(queue=("batch: {window: 0s}", "batch: {window: 0s}\n  on-failure: sqs"))
        self.lorry("deploy")
        self.lorry("destroy", "--yes", "--data")
        self.assertEqual(self.aws.client("sqs").list_queues().get("QueueUrls", []), [])

    def test_secret_stays(self):
        self.write(password=("  table: transactions", "  password: {secret: lorry/x}\n  table: transactions"))
        self.aws.client("secretsmanager").create_secret(Name="lorry/x", SecretString="pw")
        self.lorry("deploy")
        self.assertIn("  secret lorry/x stays: lorry deletes no passwords", self.lorry("destroy", "--yes").stderr)
        self.aws.client("secretsmanager").get_secret_value(SecretId="lorry/x")

    def review(self, name):
        self.aws.client("cloudformation").create_change_set(
            StackName=STACK, ChangeSetName=name, ChangeSetType="CREATE", TemplateBody=json.dumps(
                {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
        self.assertEqual(self.status(), "REVIEW_IN_PROGRESS")

    def test_what_was_only_reviewed_goes(self):
        self.review("lorry-1732399833123456")
        result = self.lorry("destroy", "--yes")
        self.assertIn("- stack flight-dev goes, there is nothing in it", result.stderr)
        self.assert_no_stack()

    def test_what_others_review_stays(self):
        self.review("lorry-by-hand")
        self.assertIn("with change sets of others: it stays", self.lorry("destroy", "--yes").stderr)
        self.assertEqual(self.status(), "REVIEW_IN_PROGRESS")

    def test_data_of_somebody_else(self):
        """The names are those of the pipeline, the tags are not."""
        self.make_table()
        self.lorry("destroy", "--data", "--yes")
        self.assertEqual(self.tables(), ["table-testdrive"])

    def images(self):
        found = self.aws.client("ecr").list_images(repositoryName="kinesis-cratedb-lambda")["imageIds"]
        return sorted(image["imageTag"] for image in found)

    def test_registry(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.write(package="image")
        self.lorry("deploy")
        self.assertIn("repository kinesis-cratedb-lambda stays", self.lorry("destroy", "--yes").stderr)
        self.assertEqual(self.images(), [STACK])
        result = self.lorry("destroy", "--yes", "--registry")
        self.assertIn("- repository kinesis-cratedb-lambda goes, with all its images", result.stderr)
        self.assertEqual(self.aws.client("ecr").describe_repositories()["repositories"], [])

    def test_images_of_other_stages_stay(self):
        self.write(package="image", stages=("stage: dev\n", "stage: dev\nstages: {dev: {}, prod: {source: {dynamodb: "
                   "{table: other}}, stream: {name: other}, processor: {name: Other}}}\n"))
        self.lorry("image", "push")
        self.lorry("image", "push", "--stage", "prod")
        self.assertEqual(self.images(), ["flight-dev", "flight-prod"])
        result = self.lorry("destroy", "--yes", "--registry")
        self.assertIn("  repository kinesis-cratedb-lambda stays: it has the images of others: flight-prod\n",
                      result.stderr)
        self.assertIn("- image kinesis-cratedb-lambda:flight-dev goes", result.stderr)
        self.assertEqual(self.images(), ["flight-prod"])
        # The last one takes the repository along, whichever stage has made it.
        self.lorry("destroy", "--yes", "--registry", "--stage", "prod")
        self.assertEqual(self.aws.client("ecr").describe_repositories()["repositories"], [])

    def test_a_repository_of_others_stays(self):
        self.aws.client("ecr").create_repository(repositoryName="kinesis-cratedb-lambda")
        self.write(package="image")
        self.lorry("image", "push")
        result = self.lorry("destroy", "--yes", "--registry")
        self.assertIn("stays: its tags say that it is not of this pipeline", result.stderr)
        self.assertEqual(self.images(), [])

    def test_no_repository_of_a_zip(self):
        result = self.lorry("destroy", "--registry")
        self.assertIn("there is no repository kinesis-cratedb-lambda", result.stderr)
        self.assertEqual(result.stdout, "nothing to destroy\n")


if __name__ == "__main__":
    sys.exit(unittest.main())
