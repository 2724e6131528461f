"""lorry event."""

import base64
import json
import unittest

from harness import SHARED, Case

KINDS = ["kinesis", "dynamodb", "insert", "modify", "remove", "poison"]


class Event(Case):
    def event(self, kind):
        return json.loads(self.check("event", kind).stdout)

    def relay(self, *kinds):
        for kind in kinds:
            self.check("relay", "--table=t", "-", self.sink, "--quiet",
                       stdin=self.check("event", kind).stdout)

    def rows(self, statement):
        return self.query(statement)

    def test_documented_event(self):
        """All but what is of this moment is what the documentation of Lambda shows."""
        path = SHARED / "walkthrough" / "pipelines-with-aws-lambda.md"
        if not path.exists():
            self.skipTest("no walkthrough in LORRY_SHARED")
        text = path.read_text(encoding="utf-8")
        documented = json.loads(text.split("### Kinesis Example Event\n```json\n")[1].split("```")[0])
        event = self.event("kinesis")
        for records in (documented["Records"], event["Records"]):
            self.assertEqual(len(records), 1)
            self.assertEqual(records[0]["eventID"],
                             "shardId-000000000006:" + records[0]["kinesis"]["sequenceNumber"])
            for name in ("eventID", "eventSourceARN"):
                del records[0][name]
            for name in ("sequenceNumber", "approximateArrivalTimestamp"):
                del records[0]["kinesis"][name]
        self.assertEqual(event, documented)

    def test_sequence_numbers_grow(self):
        numbers = [int(record["kinesis"]["sequenceNumber"])
                   for kind in KINDS for record in self.event(kind)["Records"]]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertTrue(all(len(str(number)) == 56 for number in numbers))
        # Lists show their ends.
        self.assertEqual(len({number % 10**8 for number in numbers}), len(numbers))

    def test_change_as_aws_shapes_it(self):
        """The members and their order are those of recorded ones."""
        record = self.event("modify")["Records"][0]
        change = json.loads(base64.b64decode(record["kinesis"]["data"]))
        self.assertEqual(list(change), ["awsRegion", "eventID", "eventName", "userIdentity", "recordFormat",
                                        "tableName", "dynamodb", "eventSource"])
        self.assertEqual(change["dynamodb"]["Keys"], {
            "device": {"S": "foo"}, "timestamp": {"S": "2024-07-12T01:17:42"}})
        self.assertEqual(change["dynamodb"]["OldImage"]["temperature"], {"N": "42.42"})
        self.assertEqual(change["dynamodb"]["NewImage"]["temperature"], {"N": "43.59"})

    def test_changes_take_effect_in_the_order_of_the_calls(self):
        self.relay("insert")
        self.assertEqual(self.rows("SELECT data->>'temperature' FROM t_live"), [[42.42]])
        self.relay("modify")
        self.assertEqual(self.rows("SELECT data->>'temperature' FROM t_live"), [[43.59]])
        self.relay("remove")
        self.assertEqual(self.rows("SELECT count(*) FROM t_live"), [[0]])
        self.relay("dynamodb")
        self.assertEqual(self.rows("SELECT data->>'temperature' FROM t_live"), [[43.59]])

    def test_poison_becomes_a_dead_letter(self):
        self.relay("poison", "kinesis")
        self.assertEqual(self.rows("SELECT data->>'temperature' FROM t_live"), [[43.59]])
        self.assertEqual(self.rows("SELECT count(*) FROM t_dead_letters"), [[2]])

    def test_keys_of_the_pipeline(self):
        self.write("pipeline.yaml", """project: toy
stage: dev
region: eu-west-1
source: {dynamodb: {table: toys, keys: {id: N, part: B}}}
stream: {name: toys-cdc}
processor: {name: f, repository: toys}
sink: {url: "crate://admin@example.net:4200/", table: toys}
""")
        record = self.event("remove")["Records"][0]
        change = json.loads(base64.b64decode(record["kinesis"]["data"]))
        self.assertEqual(change["tableName"], "toys")
        self.assertEqual(change["dynamodb"]["Keys"], {"id": {"N": "1"}, "part": {"B": "Zm9v"}})
        self.assertTrue(record["eventSourceARN"].endswith("stream/toys-cdc"))

    def test_pipeline_without_region_and_keys(self):
        """Both may be left out; the keys are needed for a change."""
        self.write("pipeline.yaml", """project: toy
source: {dynamodb: {table: toys, existing: true}}
sink: {url: "crate://admin@example.net:4200/", table: toys}
""")
        self.assertEqual(self.event("kinesis")["Records"][0]["eventSourceARN"],
                         "arn:aws:kinesis:us-east-2:111122223333:stream/toy-dev")
        self.assertIn('the keys of table "toys" are not known', self.check("event", "insert", status=2).stderr)

    def test_unknown_kind(self):
        self.assertIn('did you mean "modify"', self.check("event", "modfy", status=2).stderr)
        self.assertIn("kinesis, dynamodb, insert", self.check("event", "xyz", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
