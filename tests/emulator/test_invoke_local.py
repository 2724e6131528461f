"""lorry invoke, on the emulator and with --local: the same function, the same event, the same answer and rows."""

import json
import os
import unittest

from pipeline_case import PipelineCase
import support

TABLES = {"transactions": "pk, data, aux, version, sequence, deleted",
          "transactions_dead_letters": "stream, shard, sequence, reason"}


class InvokeLocal(PipelineCase):
    def content(self):
        """All rows of the sink; the sink is gone afterwards."""
        database = self.folder / "sink.db"
        found = {}
        for table, columns in TABLES.items():
            try:
                found[table] = support.rows(str(database), f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3")
            except Exception as error:  # there are no dead letters, perhaps
                self.assertIn("no such table", str(error))
        for path in self.folder.glob("sink.db*"):
            path.unlink()
        return found

    def invoke(self, kind, *words):
        result = self.lorry("invoke", "--payload", f"{kind}.json", "--json", *words)
        return json.loads(result.stdout)["response"], self.content()

    def check(self):
        """Events of the pipeline's table; what they did once they would not do twice."""
        self.lorry("deploy", "--yes")
        for kind in "dynamodb", "insert", "modify", "remove", "poison":
            event = self.lorry("event", kind).stdout
            (self.folder / f"{kind}.json").write_text(event, encoding="utf-8")
            remote, local = self.invoke(kind), self.invoke(kind, "--local")
            self.assertEqual(remote, local, kind)
            self.assertEqual(remote[0], {"batchItemFailures": []})
            self.assertEqual(len(remote[1].get("transactions_dead_letters", [])), kind == "poison")

    def test_zip(self):
        self.check()

    def test_image(self):
        """In a chroot on the emulator, which has no file of ours in it: the sink of both is a server."""
        if os.geteuid() != 0:
            self.skipTest("the emulator runs images as root only")
        crate = support.Crate("s3cret")
        self.addCleanup(crate.close)
        self.aws.client("secretsmanager").create_secret(Name="lorry/flight", SecretString="s3cret")
        self.write(package="image", sink=(f"url: sqlite:///{self.folder / 'sink.db'}",
                                          f"url: {crate.url}\n  password: {{secret: lorry/flight}}"))
        self.lorry("deploy", "--yes")
        answers = []
        for words in [], ["--local"]:
            event = self.lorry("event", "poison").stdout
            (self.folder / "poison.json").write_text(event, encoding="utf-8")
            result = self.lorry("invoke", "--payload=poison.json", "--json", *words)
            self.assertNotIn("s3cret", result.stdout + result.stderr)
            answers.append(json.loads(result.stdout)["response"])
        self.assertEqual(answers, [{"batchItemFailures": []}] * 2)

    def test_errors(self):
        """The same error of the function, by the same exit status."""
        self.lorry("deploy", "--yes")
        (self.folder / "no-event.json").write_text("{}", encoding="utf-8")
        results = [self.lorry("invoke", "--payload=no-event.json", *words, status=1) for words in ([], ["--local"])]
        remote, local = [json.loads(result.stdout) for result in results]
        self.assertEqual(remote["errorType"], "Lorry.NotAnEvent")
        self.assertEqual((remote["errorType"], remote["errorMessage"]), (local["errorType"], local["errorMessage"]))
        last = [result.stderr.splitlines()[-1] for result in results]
        self.assertEqual(last[0], last[1])


if __name__ == "__main__":
    unittest.main()
