"""lorry doctor: each fault is named with the right mend, and the mend mends it. botocore is the saboteur."""

import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

from cratedb_case import INSERT, PASSWORD, SECRET, CratedbCase
from pipeline_case import STACK
from documented import assert_documented
from emulator import ACCOUNT, REGION, free_port

SCREENS = Path(__file__).resolve().parent / "screens"
VERSION = re.compile(r"lorry \d+\.\d+\.\d+")
SECONDS_AT_MOST = 60


class Doctor(CratedbCase):
    def doctor(self, *options, status=0, **environment):
        """{"group: name": check} of all checks that are not well."""
        begin = time.monotonic()
        value = json.loads(self.lorry("doctor", "--json", *options, status=status, **environment).stdout)
        self.assertLess(time.monotonic() - begin, SECONDS_AT_MOST)
        assert_documented(self, "lorry doctor", value)
        for verdict in ("ok", "warning", "failed", "unknown", "skipped"):
            self.assertEqual(value[verdict], sum(check["verdict"] == verdict for check in value["checks"]))
        self.assertEqual(value["healthy"], status == 0)
        self.checks = {f"{check['group']}: {check['name']}": check for check in value["checks"]}
        return {name: check for name, check in self.checks.items() if check["verdict"] != "ok"}

    def assert_well(self):
        self.assertEqual(self.doctor(), {})

    def verdicts(self, found):
        return {name: check["verdict"] for name, check in found.items()}

    # ---- half-configured ----

    def test_empty_folder(self):
        (self.folder / "pipeline.yaml").unlink()
        found = self.doctor()
        self.assertEqual(found["here: file"]["verdict"], "warning")
        self.assertEqual(found["here: file"]["mend"], "`lorry init` writes one")
        self.assertEqual({name for name, check in found.items() if check["verdict"] != "skipped"}, {"here: file"})
        self.assertEqual(found["mapping: retries"]["found"], "needs a pipeline file")
        self.assertIn(":user/lorry", self.checks["identity: credentials"]["found"])
        self.lorry("init")
        self.assertNotIn("here: file", {name for name, check in self.doctor().items() if check["verdict"] == "failed"})

    def test_empty_folder_and_a_sink(self):
        (self.folder / "pipeline.yaml").unlink()
        url = f"crate://crate@127.0.0.1:{self.port}/"
        self.doctor("--sink", url, "--table", "transactions", SINK_PASSWORD=PASSWORD)
        self.assertIn("CrateDB 6.4.3", self.checks["sink: connection"]["found"])
        self.assertEqual(self.checks["sink: table"]["verdict"], "ok")
        found = self.doctor("--sink", url, status=1, SINK_PASSWORD="wrong")
        self.assertEqual(found["sink: connection"]["verdict"], "failed")
        self.assertIn("--password-file", found["sink: connection"]["mend"])
        self.assertNotIn("wrong", json.dumps(found))

    def tls(self, name, days):
        """The URL of a sink that shows a certificate for a name, valid for so many days; and the file of whoever
        issued it."""
        key, request, certificate = (str(self.folder / f) for f in ("key.pem", "request.pem", "certificate.pem"))
        for words in (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                       "-out", request, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
                      ["x509", "-req", "-in", request, "-signkey", key, "-out", certificate, "-days", str(days),
                       "-copy_extensions", "copy"]):
            subprocess.run(["openssl", *words], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        threading.Thread(target=self.shake_hands, args=(server, context), daemon=True).start()
        return f"crate://crate@localhost:{server.getsockname()[1]}/?ssl=true", certificate

    @staticmethod
    def shake_hands(server, context):
        while True:
            try:
                with context.wrap_socket(server.accept()[0], server_side=True):
                    pass
            except ssl.SSLError:
                pass
            except OSError:
                return

    @unittest.skipUnless(shutil.which("openssl"), "no openssl")
    def test_certificates(self):
        """What is wrong with one is said plainly."""
        for name, days, trusted, expected in (("localhost", 1, False, "self-signed certificate"),
                                              ("other.example", 1, True, "localhost"),
                                              ("localhost", -1, True, "certificate has expired")):
            with self.subTest(expected=expected):
                url, issuer = self.tls(name, days)
                more = {"SSL_CERT_FILE": issuer} if trusted else {}
                found = self.doctor("--sink", url, status=1, SINK_PASSWORD=PASSWORD, **more)["sink: connection"]
                self.assertIn("is not trusted", found["found"])
                self.assertIn(expected, found["found"].replace("self signed", "self-signed"))
                self.assertIn("SSL_CERT_FILE", found["mend"])

    def test_named_file_that_is_not_there(self):
        found = self.doctor("--file=other.yaml", status=1)
        self.assertEqual(found["here: file"]["found"], "there is no other.yaml")

    def test_wrong_file(self):
        text = (self.folder / "pipeline.yaml").read_text(encoding="utf-8")
        (self.folder / "pipeline.yaml").write_text(text.replace("  memory:", "  memori:"), encoding="utf-8")
        found = self.doctor(status=1)
        self.assertRegex(found["here: file"]["found"], r"pipeline.yaml:\d+: .*memori")
        self.assertIn("`lorry validate`", found["here: file"]["mend"])
        self.assertEqual(found["stack: state"]["verdict"], "skipped")

    def test_only_a_file(self):
        found = self.doctor()
        self.assertEqual([name for name, check in found.items() if check["verdict"] != "skipped"], ["stack: state"])
        self.assertEqual(found["stack: state"]["mend"], "`lorry deploy`")
        for name in ("function: state", "mapping: retries", "sink: password"):
            self.assertEqual(found[name]["found"], "comes with the first `lorry deploy`")
        self.assertEqual(found["sink: connection"]["found"], "needs the password")
        self.doctor(SINK_PASSWORD=PASSWORD)
        self.assertIn("CrateDB 6.4.3", self.checks["sink: connection"]["found"])
        found = self.doctor(status=1, SINK_PASSWORD="wrong")
        self.assertIn("correct user and password: SINK_PASSWORD", found["sink: connection"]["mend"])

    def test_profile_that_is_not_there(self):
        """Named once."""
        found = self.doctor("--profile=nowhere", status=1, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        failed = {name for name, check in found.items() if check["verdict"] == "failed"}
        self.assertEqual(failed, {"identity: credentials"})
        self.assertIn('no AWS profile "nowhere"', found["identity: credentials"]["found"])
        for name in ("sink: connection", "region: endpoint", "stack: state"):
            self.assertEqual(found[name]["found"], "needs AWS credentials")

    def test_region_that_is_not_there(self):
        found = self.doctor("--region=nowhere-1", status=1, AWS_ENDPOINT_URL="")
        self.assertIn("is it the name of a region?", found["identity: credentials"]["mend"])

    def test_no_credentials(self):
        found = self.doctor(status=1, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.assertIn("AWS_ACCESS_KEY_ID is not set", found["identity: credentials"]["found"])
        self.assertIn("`aws configure`", found["identity: credentials"]["mend"])
        self.assertEqual(found["function: state"]["found"], "needs AWS credentials")
        self.assertEqual(self.checks["here: file"]["verdict"], "ok")
        self.assertEqual(self.checks["region: endpoint"]["verdict"], "ok")
        self.assertEqual(self.checks["clock: time"]["verdict"], "ok")

    def test_keys_that_are_wrong(self):
        found = self.doctor(status=1, AWS_SECRET_ACCESS_KEY="x" * 40)
        self.assertIn("the AWS secret access key is not valid", found["identity: credentials"]["found"])
        found = self.doctor(status=1, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
        self.assertIn("the AWS credentials are not valid", found["identity: credentials"]["found"])

    def test_no_network(self):
        """Named once, and the end comes soon."""
        found = self.doctor(status=1, AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}")
        failed = {name for name, check in found.items() if check["verdict"] == "failed"}
        self.assertEqual(failed, {"identity: credentials"})
        self.assertIn("cannot connect", found["identity: credentials"]["found"])

    def test_a_sink_that_keeps_silent(self):
        """It is waited for, but not for long."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"crate://crate@127.0.0.1:{silent.getsockname()[1]}/"
            found = self.doctor("--sink", url, status=1, SINK_PASSWORD=PASSWORD)
        self.assertIn("time ran out", found["sink: connection"]["found"])
        self.assertEqual(found["sink: table"]["found"], "needs the sink")

    # ---- deployed ----

    def test_all_is_well(self):
        self.deploy()
        self.insert()
        self.assert_well()
        text = self.lorry("doctor").stdout
        self.assertRegex(text, r"\n\d+ ok\n$")
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80, text)
        self.assertNotIn(PASSWORD, text + json.dumps(self.checks))

    def update_mapping(self, **settings):
        self.aws.client("lambda").update_event_source_mapping(UUID=self.mapping(), **settings)

    def delete_mapping(self):
        self.aws.client("lambda").delete_event_source_mapping(UUID=self.mapping())

    def configure_function(self, variables=(), without=(), **settings):
        client = self.aws.client("lambda")
        if variables or without:
            now = client.get_function_configuration(FunctionName="Processor")["Environment"]["Variables"]
            now = {name: value for name, value in now.items() if name not in without}
            settings["Environment"] = {"Variables": {**now, **dict(variables)}}
        client.update_function_configuration(FunctionName="Processor", **settings)

    def disable_destination(self):
        client = self.aws.client("dynamodb")
        client.disable_kinesis_streaming_destination(
            TableName="table-testdrive", StreamArn=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/dynamodb-cdc")

    def blur_destination(self):
        self.aws.client("dynamodb").update_kinesis_streaming_destination(
            TableName="table-testdrive", StreamArn=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/dynamodb-cdc",
            UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MILLISECOND"})

    def delete_package(self):
        s3 = self.aws.client("s3")
        bucket = f"lorry-packages-{ACCOUNT}-{REGION}"
        for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            s3.delete_object(Bucket=bucket, Key=item["Key"])

    def delete_bucket(self):
        s3 = self.aws.client("s3")
        s3.delete_bucket(Bucket=next(b["Name"] for b in s3.list_buckets()["Buckets"] if "failurebucket" in b["Name"]))

    def old_layout(self):
        self.lorry("table", "drop", "--yes")
        self.lorry("query", 'CREATE TABLE transactions (pk OBJECT(STRICT) AS ("device" TEXT PRIMARY KEY, "timestamp" '
                            "TEXT PRIMARY KEY), data OBJECT(DYNAMIC), aux OBJECT(IGNORED))")

    DRIFT = "`lorry deploy --revert-drift`"
    FAULTS = [  # what is done; the check that tells; its verdict; a part of what it says, and of the mend
        (delete_mapping, "mapping: state", "failed", "no mapping feeds Processor", DRIFT),
        (lambda case: case.update_mapping(Enabled=False), "mapping: state", "failed", "is disabled", "--enabled`"),
        (lambda case: case.update_mapping(FunctionResponseTypes=[]), "mapping: partial answers", "failed",
         "RECORDS ARE LOST", DRIFT),
        (lambda case: case.update_mapping(DestinationConfig={"OnFailure": {}}), "mapping: given up", "failed",
         "are lost", DRIFT),
        (delete_bucket, "mapping: given up", "failed", "there is no bucket", DRIFT),
        (lambda case: case.update_mapping(MaximumRetryAttempts=5), "mapping: retries", "warning", "after 5 retries", DRIFT),
        (lambda case: case.update_mapping(BisectBatchOnFunctionError=False), "mapping: bisecting", "warning",
         "not halved", DRIFT),
        (lambda case: case.update_mapping(BatchSize=7), "mapping: batch", "warning", "size is 7", DRIFT),
        (lambda case: case.update_mapping(MaximumRecordAgeInSeconds=90000), "stream: retention", "failed",
         "forgets after 24 h", DRIFT),
        (lambda case: case.configure_function(MemorySize=128), "function: settings", "warning", "memory", DRIFT),
        (lambda case: case.configure_function({"SINK_TABLE": "other"}), "function: environment", "warning",
         "SINK_TABLE", DRIFT),
        (lambda case: case.aws.client("lambda").put_function_concurrency(
            FunctionName="Processor", ReservedConcurrentExecutions=0), "function: settings", "failed", "switched off",
         "`aws lambda delete-function-concurrency"),
        (lambda case: case.aws.client("kinesis").stop_stream_encryption(
            StreamName="dynamodb-cdc", EncryptionType="KMS", KeyId="alias/aws/kinesis"), "stream: encryption",
         "warning", "not encrypted", DRIFT),
        (disable_destination, "table: destination", "failed", "does not send its changes", DRIFT),
        (blur_destination, "table: precision", "warning", "arrives last wins", DRIFT),
        (delete_package, "package: zip", "warning", "is gone", "`lorry deploy`"),
        (old_layout, "sink: table", "warning", "order changes", "`lorry table upgrade`"),
    ]

    def mend(self, mend):
        """Does what stands between the first backticks."""
        words = shlex.split(mend.split("`")[1])
        if words[0] == "lorry":
            options = ["--yes"] if words[1] == "deploy" else []
            self.lorry(*words[1:], *options, SINK_PASSWORD=PASSWORD)
        else:
            self.aws.cli(*words[1:])

    def test_faults(self):
        self.deploy()
        self.insert()
        self.assert_well()
        for sabotage, name, verdict, found, mend in self.FAULTS:
            with self.subTest(name=name, found=found):
                sabotage(self)
                told = self.doctor(status=1 if verdict == "failed" else 0)
                self.assertIn(name, told)
                self.assertEqual(told[name]["verdict"], verdict, told)
                self.assertIn(found, told[name]["found"])
                self.assertIn(mend, told[name]["mend"])
                self.mend(told[name]["mend"])
                self.assert_well()

    def test_additional_variables(self):
        """They are named, without their values, until whoever added them has removed them."""
        self.deploy()
        self.insert()
        self.configure_function({"SQL_ECHO": "s3cret", "COLOUR": "s3cret"})
        told = self.doctor()
        self.assertEqual(list(told), ["function: environment"])
        check = told["function: environment"]
        self.assertEqual(check["found"], "the processor obeys what pipeline.yaml does not say: SQL_ECHO; "
                                         "not in pipeline.yaml: COLOUR")
        self.assertIn(self.DRIFT, check["mend"])
        self.assertNotIn("s3cret", json.dumps(self.checks))
        self.configure_function(without=("SQL_ECHO", "COLOUR"))
        self.assert_well()

    def test_dead_letters(self):
        self.deploy()
        self.insert()
        self.poison()
        told = self.doctor()
        self.assertEqual(list(told), ["sink: dead letters"])
        self.assertEqual(told["sink: dead letters"]["found"], "1 record was set aside")
        self.mend(told["sink: dead letters"]["mend"])

    def test_secret(self):
        """Another password than the sink's, then none at all."""
        self.deploy()
        self.insert()
        secrets = self.aws.client("secretsmanager")
        secrets.put_secret_value(SecretId=SECRET, SecretString="expired")
        told = self.doctor(status=1)
        self.assertEqual(self.verdicts(told), {
            "sink: connection": "failed", "sink: table": "skipped", "sink: writing": "skipped",
            "sink: dead letters": "skipped"})
        self.assertIn("(401)", told["sink: connection"]["found"])
        self.assertIn(SECRET, told["sink: connection"]["mend"])
        self.assertNotIn("expired", json.dumps(told))
        secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
        told = self.doctor(status=1)
        self.assertEqual(told["sink: password"]["verdict"], "failed")
        self.mend(told["sink: password"]["mend"])
        self.assert_well()

    def test_settings_of_the_file(self):
        """What the file itself says wrong is mended there."""
        self.describe(batch=("batch: {window: 0s}", "batch: {window: 0s, retries: 3, bisect: false}"))
        self.deploy()
        self.insert()
        told = self.doctor()
        self.assertEqual({name: check["mend"] for name, check in told.items()}, {
            "mapping: retries": "say `retries: 1000` in pipeline.yaml, then `lorry deploy`",
            "mapping: bisecting": "say `bisect: true` in pipeline.yaml, then `lorry deploy`"})
        self.describe()
        told = self.doctor()
        self.assertEqual(told["stack: up to date"]["verdict"], "warning")
        self.assertEqual(told["mapping: bisecting"]["mend"], "`lorry deploy`")
        self.mend(told["mapping: bisecting"]["mend"])
        self.assert_well()

    def test_images(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.describe(package="image")
        self.deploy()
        self.insert()
        self.assert_well()
        ecr = self.aws.client("ecr")
        repository = {"repositoryName": "kinesis-cratedb-lambda"}
        found = ecr.batch_get_image(imageIds=[{"imageTag": STACK}], **repository)["images"][0]
        image = found["imageId"]["imageDigest"]
        ecr.put_image(imageManifest=found["imageManifest"], imageTag="kept", **repository)
        faults = [
            (lambda: ecr.delete_repository_policy(**repository), "package: its policy", "failed"),
            (lambda: ecr.batch_delete_image(imageIds=[{"imageTag": STACK}], **repository), "package: image", "warning"),
            (lambda: ecr.batch_delete_image(imageIds=[{"imageDigest": image}], **repository), "package: image", "failed"),
        ]
        for sabotage, name, verdict in faults:
            with self.subTest(name=name, verdict=verdict):
                sabotage()
                told = self.doctor(status=1 if verdict == "failed" else 0)
                self.assertEqual(told[name]["verdict"], verdict, told)
                self.mend(told[name]["mend"])
                self.assert_well()

    # ---- permissions ----

    def policy(self):
        return json.loads(self.lorry("doctor", "--policy").stdout)["Statement"]

    def as_user(self, name, statements):
        key = self.aws.user(name, statements)
        return {"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1]}

    def live_through(self, user):
        """All that a pipeline goes through, by somebody who may do what the policy says and nothing else."""
        for words in (["deploy", "--yes"], ["sql", INSERT], ["doctor"], ["invoke", "--example=kinesis"], ["deploy"],
                      ["deploy", "--revert-drift"], ["refresh"], ["replay", "--list"], ["logs", "--since=1h"],
                      ["destroy", "--yes"]):
            result = self.lorry(*words, **{**user, "SINK_PASSWORD": PASSWORD if words[0] == "deploy" else ""})
            self.assertNotIn("AccessDenied", re.sub(r"skipped +cannot be simulated.*?(?=\n\S)", "", result.stdout, flags=re.S) +
                             result.stderr, words)

    def test_the_policy_suffices(self):
        self.live_through(self.as_user("listed", self.policy()))

    def test_the_policy_suffices_for_images(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.describe(package="image")
        self.live_through(self.as_user("listed", self.policy()))

    def test_the_policy_suffices_for_an_existing_table(self):
        self.make_table()
        self.describe(existing=("table: table-testdrive", "table: table-testdrive\n    existing: true"))
        self.live_through(self.as_user("listed", self.policy()))

    def test_what_is_missing_is_named(self):
        simulate = [{"Effect": "Allow", "Action": ["iam:SimulatePrincipalPolicy", "iam:GetRole"], "Resource": "*"}]
        user = self.as_user("most", self.policy() + simulate)
        self.doctor(**user)
        for use in ("deploy", "refresh", "destroy", "operate"):
            self.assertEqual(self.checks[f"permissions: to {use}"]["verdict"], "ok", self.checks)
        less = [s for s in self.policy() if "iam:PassRole" not in s["Action"]]
        self.doctor(status=1, **self.as_user("less", less + simulate))
        self.assertIn("1 of", self.checks["permissions: to deploy"]["found"])
        self.assertIn("iam:PassRole", self.checks["permissions: to deploy"]["found"])
        self.assertEqual(self.checks["permissions: to deploy"]["verdict"], "failed")
        self.assertEqual(self.checks["permissions: to destroy"]["verdict"], "ok")

    def test_what_cannot_be_simulated(self):
        """It is skipped; what is there and may not be looked at is unknown, and that is not healthy."""
        nobody = self.as_user("nobody", [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}])
        self.doctor(status=1, **nobody)
        self.assertEqual(self.checks["permissions: to deploy"]["verdict"], "skipped")
        self.assertIn("iam:SimulatePrincipalPolicy", self.checks["permissions: to deploy"]["found"])
        self.assertEqual(self.checks["stack: state"]["verdict"], "unknown")
        self.assertIn("`lorry doctor --policy`", self.checks["stack: state"]["mend"])
        unknown = sum(check["verdict"] == "unknown" for check in self.checks.values())
        self.assertRegex(self.lorry("doctor", status=1, **nobody).stdout,
                         rf"\n{unknown} unknown, .* ok\nnothing wrong was found, but {unknown} things could not be looked at\n$")

    def test_sessions_of_roles(self):
        """The ARN of a session does not tell the path of its role."""
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}]}
        iam = self.aws.client("iam")
        role = iam.create_role(RoleName="deployer", Path="/team/", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        iam.put_role_policy(RoleName="deployer", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        session = self.aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
        self.doctor(AWS_ACCESS_KEY_ID=session["AccessKeyId"],
                    AWS_SECRET_ACCESS_KEY=session["SecretAccessKey"], AWS_SESSION_TOKEN=session["SessionToken"])
        self.assertIn(":assumed-role/deployer/me", self.checks["identity: credentials"]["found"])
        self.assertEqual(self.checks["permissions: to deploy"]["verdict"], "ok", self.checks)

    def test_policy_without_a_network(self):
        result = self.lorry("doctor", "--policy", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.assertIn(f"arn:aws:lambda:{REGION}:*:function:Processor", result.stdout)
        self.assertIn("the account is not known", result.stderr)
        (self.folder / "pipeline.yaml").unlink()
        self.assertIn("there is no pipeline.yaml", self.lorry("doctor", "--policy", status=1).stderr)

    # ---- the screen ----

    def screen(self, columns):
        result = self.lorry("doctor", COLUMNS=str(columns))
        self.assertEqual(result.stderr, "")
        text = result.stdout
        lines = text.splitlines()
        self.assertLessEqual(max(len(line) for line in lines if " " in line.strip()), columns, text)
        text = VERSION.sub("lorry X.Y.Z", text)
        text = re.sub(r"request [\w-]+", "request R", text)
        path = SCREENS / f"doctor-{columns}.txt"
        if os.environ.get("LORRY_UPDATE"):
            path.write_text(text, encoding="utf-8")
        self.assertEqual(text, path.read_text(encoding="utf-8"))

    def test_screen(self):
        for columns in (80, 120):
            self.screen(columns)

    def test_terminal(self):
        """Colours if they are wanted; and what is being looked at, while it is."""
        self.assertIn("\033[32mok\033[0m", self.lorry("doctor", "--color=always").stdout)
        shown, status = self.at_a_terminal("doctor", answers=[], asks=[])
        self.assertIn("\rlooking at function: state\033[K", shown)
        self.assertNotIn("\033[32m", shown)  # TERM is "dumb"
        self.assertEqual(status, 0)
        self.assertRegex(self.lorry("doctor", "--verbose").stdout, r"skipped +mapping +retries: comes with")


if __name__ == "__main__":
    sys.exit(unittest.main())
