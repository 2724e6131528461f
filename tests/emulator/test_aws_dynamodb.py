"""The emulator's tables and what they send to streams; aws/dynamodb.py names the facts."""

import json
import sys
import time
import unittest

import packages

packages.require("botocore", "ministack", "awscli")
from botocore.exceptions import ClientError
from scripted import LONG_S, Case

TABLE = "table"


class Destinations(Case):
    def setUp(self):
        super().setUp()
        self.dynamodb = self.aws.client("dynamodb")
        self.arn = self.stream()
        self.table(TABLE)

    def table(self, name):
        self.dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])

    def put_item(self, key, **attributes):
        self.dynamodb.put_item(TableName=TABLE, Item={"id": {"S": key}, **attributes})

    def status(self):
        found = self.dynamodb.describe_kinesis_streaming_destination(TableName=TABLE)
        return [d["DestinationStatus"] for d in found["KinesisDataStreamDestinations"]]

    def enable(self, precision="MICROSECOND", arn=None):
        answer = self.dynamodb.enable_kinesis_streaming_destination(
            TableName=TABLE, StreamArn=arn or self.arn,
            EnableKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": precision})
        self.assertEqual(answer["DestinationStatus"], "ENABLING")

    def enabled(self, precision="MICROSECOND"):
        self.enable(precision)
        self.eventually(lambda: self.status() == ["ACTIVE"])

    def update(self, precision):
        return self.dynamodb.update_kinesis_streaming_destination(
            TableName=TABLE, StreamArn=self.arn,
            UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": precision})

    def finish(self, state):
        self.aws.set("seconds", 0)
        self.eventually(lambda: self.status() == [state])

    def disable(self):
        self.dynamodb.disable_kinesis_streaming_destination(TableName=TABLE, StreamArn=self.arn)

    def refused(self, call, *arguments, **options):
        with self.assertRaises(ClientError) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.response["Error"]["Code"], "ValidationException")

    def changes(self):
        return [json.loads(record["Data"]) for record in self.records()]


class Life(Destinations):
    def test_enabling_then_active(self):
        self.aws.set("seconds", LONG_S)
        self.enable()
        self.assertEqual(self.status(), ["ENABLING"])
        self.put_item("early")
        self.finish("ACTIVE")
        self.put_item("late")
        self.assertEqual([c["dynamodb"]["Keys"]["id"]["S"] for c in self.changes()], ["late"])

    def test_enabling_twice(self):
        self.aws.set("seconds", LONG_S)
        self.enable()
        self.refused(self.enable)
        self.finish("ACTIVE")
        self.refused(self.enable)

    def test_one_destination_per_table(self):
        self.enabled()
        self.refused(self.enable, arn=self.stream("other"))

    def test_no_such_stream(self):
        self.refused(self.enable, arn=self.arn + "-none")

    def test_disabling(self):
        self.refused(self.disable)
        self.enabled()
        self.aws.set("seconds", LONG_S)
        self.disable()
        self.assertEqual(self.status(), ["DISABLING"])
        self.finish("DISABLED")
        self.refused(self.disable)
        self.put_item("a")
        self.assertEqual(self.changes(), [])
        self.enabled()

    def test_updating(self):
        self.enabled("MILLISECOND")
        self.refused(self.update, "MILLISECOND")
        self.aws.set("seconds", LONG_S)
        self.assertEqual(self.update("MICROSECOND")["DestinationStatus"], "UPDATING")
        self.refused(self.update, "MILLISECOND")
        self.put_item("a")
        self.assertEqual(len(self.changes()), 1)
        self.finish("ACTIVE")


class Records(Destinations):
    def statement(self, text, *parameters):
        self.aws.cli("dynamodb", "execute-statement", "--statement", text,
                     *(["--parameters", json.dumps(parameters)] if parameters else []))

    def test_shape(self):
        self.enabled()
        before = time.time()
        self.put_item("ä", n={"N": "1.50"}, b={"B": b"\0"})
        (change,) = self.changes()
        self.assertEqual(set(change), {"awsRegion", "eventID", "eventName", "userIdentity", "recordFormat",
                                       "tableName", "dynamodb", "eventSource"})
        self.assertEqual((change["eventName"], change["tableName"], change["recordFormat"],
                          change["userIdentity"]), ("INSERT", TABLE, "application/json", None))
        self.assertEqual(change["dynamodb"].pop("NewImage"),
                         {"id": {"S": "ä"}, "n": {"N": "1.5"}, "b": {"B": "AA=="}})
        self.assertEqual(change["dynamodb"].pop("Keys"), {"id": {"S": "ä"}})
        self.assertEqual(change["dynamodb"].pop("ApproximateCreationDateTimePrecision"), "MICROSECOND")
        created = change["dynamodb"].pop("ApproximateCreationDateTime") / 1e6
        self.assertTrue(before <= created <= time.time())
        self.assertEqual(list(change["dynamodb"]), ["SizeBytes"])

    def test_milliseconds(self):
        self.enabled("MILLISECOND")
        before = int(time.time() * 1000)
        self.put_item("a")
        change = self.changes()[0]["dynamodb"]
        self.assertTrue(before <= change["ApproximateCreationDateTime"] <= time.time() * 1000)
        self.assertEqual(change["ApproximateCreationDateTimePrecision"], "MILLISECOND")

    def test_a_write_without_a_change(self):
        self.enabled()
        for _ in range(2):
            self.put_item("a")
        self.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "none"}})
        self.assertEqual([c["eventName"] for c in self.changes()], ["INSERT"])

    def test_partition_key_is_the_items(self):
        self.enabled()
        for key, value in ("a", "1"), ("b", "1"), ("a", "2"):
            self.put_item(key, v={"S": value})
        keys = [record["PartitionKey"] for record in self.records()]
        self.assertEqual(len(keys), 3)
        self.assertEqual(len(set(keys)), 2)

    def test_partiql(self):
        self.enabled()
        self.statement("INSERT INTO \"table\" VALUE {'id': 'a', 'v': 1}")
        self.statement("UPDATE \"table\" SET v = ? WHERE id = ?", {"N": "2"}, {"S": "a"})
        self.statement("DELETE FROM \"table\" WHERE id = 'a'")
        self.statement("DELETE FROM \"table\" WHERE id = 'none'")
        seen = [(c["eventName"], c["dynamodb"].get("OldImage", {}).get("v"),
                 c["dynamodb"].get("NewImage", {}).get("v")) for c in self.changes()]
        self.assertEqual(seen, [("INSERT", None, {"N": "1"}), ("MODIFY", {"N": "1"}, {"N": "2"}),
                                ("REMOVE", {"N": "2"}, None)])

    def test_partiql_batch(self):
        self.enabled()
        self.dynamodb.batch_execute_statement(Statements=[
            {"Statement": f"INSERT INTO \"table\" VALUE {{'id': '{key}'}}"} for key in "aab"])
        self.assertEqual([c["dynamodb"]["Keys"]["id"]["S"] for c in self.changes()], ["a", "b"])

    def test_partiql_transaction(self):
        self.enabled()
        statements = [{"Statement": f"INSERT INTO \"table\" VALUE {{'id': '{key}'}}"} for key in "ab"]
        self.dynamodb.execute_transaction(TransactStatements=statements)
        with self.assertRaises(ClientError):
            self.dynamodb.execute_transaction(TransactStatements=[
                {"Statement": "INSERT INTO \"table\" VALUE {'id': 'c'}"}, statements[0]])
        self.assertEqual([c["dynamodb"]["Keys"]["id"]["S"] for c in self.changes()], ["a", "b"])

    def test_too_large(self):
        self.enabled()
        for filler in b"a", b"b":
            self.put_item("x", v={"B": filler * 399_000})
        self.assertEqual([c["eventName"] for c in self.changes()], ["INSERT"])


del Destinations

if __name__ == "__main__":
    sys.exit(unittest.main())
