"""What holds for every template that lorry makes, beyond what a linter can know.

    judge(template, pipeline)     fails with an AssertionError that says what does not hold
"""

import json
import re

import yaml

INLINE_MAX = 51200  # bytes; a larger template would have to be uploaded first
LONGEST_AGE_S = 604800
DIGEST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/lorry@sha256:" + "0" * 64
TAGGED = {"AWS::DynamoDB::Table", "AWS::Kinesis::Stream", "AWS::S3::Bucket", "AWS::SQS::Queue",
          "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Lambda::Function",
          "AWS::Lambda::EventSourceMapping", "AWS::CloudWatch::Alarm"}
HOLD_DATA = {"AWS::DynamoDB::Table", "AWS::Kinesis::Stream", "AWS::S3::Bucket", "AWS::SQS::Queue",
             "AWS::Logs::LogGroup"}
PSEUDO = {"AWS::Region", "AWS::AccountId", "AWS::Partition"}


class Loader(yaml.SafeLoader):
    """YAML with the short forms of the intrinsic functions, read as their long ones."""


Loader.add_constructor("!Ref", lambda loader, node: {"Ref": loader.construct_scalar(node)})
Loader.add_constructor("!Sub", lambda loader, node: {"Fn::Sub": loader.construct_scalar(node)})
Loader.add_constructor("!GetAtt", lambda loader, node: {
    "Fn::GetAtt": loader.construct_scalar(node).split(".", 1)})


def read_yaml(text):
    return yaml.load(text, Loader)


def check(holds, *what):
    if not holds:
        raise AssertionError(" ".join(map(str, what)))


def by_type(template, kind):
    return {name: each["Properties"] for name, each in template["Resources"].items()
            if each["Type"] == kind}


def only(template, kind):
    found = list(by_type(template, kind).values())
    check(len(found) == 1, kind, "is there", len(found), "times")
    return found[0]


def references(value):
    """The names that a tree refers to."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if list(value) == ["Ref"]:
            yield value["Ref"]
        elif list(value) == ["Fn::GetAtt"]:
            yield value["Fn::GetAtt"][0]
        elif list(value) == ["Fn::Sub"]:
            for name in re.findall(r"\$\{([^!}][^}]*)\}", value["Fn::Sub"]):
                yield name if name.startswith("AWS::") else name.split(".")[0]
        else:
            for each in value.values():
                yield from references(each)


def text_of(value):
    """A resource of a policy as one text."""
    if isinstance(value, str):
        return value
    if "Fn::Sub" in value:
        return value["Fn::Sub"]
    return "${" + ".".join(value["Fn::GetAtt"]) + "}"


def permissions(template):
    """Each thing that the role may or may not do: "effect action resource condition"."""
    role = only(template, "AWS::IAM::Role")
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            resources = statement["Resource"]
            condition = statement.get("Condition")
            for resource in resources if isinstance(resources, list) else [resources]:
                for action in statement["Action"]:
                    line = f"{statement['Effect'].lower()} {action} {text_of(resource)}"
                    yield line + (f" if {json.dumps(condition)}" if condition else "")


def judge_references(template):
    known = set(template["Resources"]) | set(template["Parameters"]) | PSEUDO
    used = set(references(template["Resources"])) | set(references(template["Outputs"]))
    check(used <= known, "unknown names", used - known)
    check(set(template["Parameters"]) <= used, "unused parameters")


def judge_resources(template, project, stage):
    for name, resource in template["Resources"].items():
        kind, properties = resource["Type"], resource["Properties"]
        if kind in TAGGED:
            tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
            check(len(tags) == len(properties["Tags"]), name, "has a tag twice")
            check((tags["ProjectName"], tags["Stage"]) == (project, stage), name, "is tagged", tags)
        if kind in HOLD_DATA:
            fates = resource["DeletionPolicy"], resource["UpdateReplacePolicy"]
            check(fates in [("RetainExceptOnCreate", "Retain"), ("Delete", "Delete")], name, fates)


def judge_source(template):
    for stream in by_type(template, "AWS::Kinesis::Stream").values():
        provisioned = stream["StreamModeDetails"]["StreamMode"] == "PROVISIONED"
        check(provisioned == ("ShardCount" in stream), "mode and shards contradict each other")
        check(stream["StreamEncryption"]["EncryptionType"] == "KMS", "the stream is not encrypted")
    for table in by_type(template, "AWS::DynamoDB::Table").values():
        defined = [each["AttributeName"] for each in table["AttributeDefinitions"]]
        check(defined == [each["AttributeName"] for each in table["KeySchema"]], "keys", defined)
        precision = table["KinesisStreamSpecification"]["ApproximateCreationDateTimePrecision"]
        check(precision == "MICROSECOND", "precision is", precision)


def judge_function(template):
    function, parameters = only(template, "AWS::Lambda::Function"), template["Parameters"]
    check("ImageConfig" not in function, "ImageConfig overrides what the image says")
    check(function["LoggingConfig"]["LogGroup"] == {"Ref": "LogGroup"}, "it logs elsewhere")
    group = only(template, "AWS::Logs::LogGroup")["LogGroupName"]
    check(group == "/aws/lambda/" + function["FunctionName"], "the log group is", group)
    if function["PackageType"] == "Image":
        check(function["Code"] == {"ImageUri": {"Ref": "ImageUri"}}, "Code")
        check("Runtime" not in function and "Handler" not in function, "an image has no runtime")
        pattern = parameters["ImageUri"]["AllowedPattern"]
        check(re.search(pattern, DIGEST), "a digest is refused")
        for wrong in [DIGEST.split("@")[0] + ":latest", DIGEST[:-1], DIGEST + " ", "@" + DIGEST]:
            check(not re.search(pattern, wrong), wrong, "is accepted")
    else:
        check(function["Code"] == {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}, "Code")
        check((function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap"), "runtime")
        pattern = parameters["CodeKey"]["AllowedPattern"]
        check(re.search(pattern, "lorry/f/" + "0a" * 32 + ".zip"), "a hash is refused")
        check(not re.search(pattern, "lorry/f/latest.zip"), "a name without a hash is accepted")
    return function


def judge_variables(function, parameters, retention_hours):
    variables = function["Environment"]["Variables"]
    for name, value in variables.items():
        hidden = isinstance(value, dict) and parameters[value["Ref"]].get("NoEcho") is True
        check(isinstance(value, str) or hidden, name, "is", value)
    check(variables["REPORT_BATCH_ITEM_FAILURES"] == "true", "the mapping would not be answered")
    password = variables.get("SINK_PASSWORD", {"Ref": "SinkPassword"})
    check(password == {"Ref": "SinkPassword"}, "a password in the template")
    check(not re.search(r"//[^/?]*:[^/?]*@", variables["SINK_URL"]), "a password in the URL")
    number, unit = re.fullmatch(r"(\d+)([dh])", variables["SINK_TOMBSTONE_RETENTION"]).groups()
    hours = int(number) * (24 if unit == "d" else 1)
    check(hours >= max(retention_hours, 7 * 24), "tombstones are purged too early:", hours)


def judge_mapping(template, retention_hours):
    mapping = only(template, "AWS::Lambda::EventSourceMapping")
    check(mapping["StartingPosition"] in ("TRIM_HORIZON", "LATEST"), "no starting position")
    check(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], "response types")
    age = mapping["MaximumRecordAgeInSeconds"]
    longest = min(retention_hours * 3600, LONGEST_AGE_S)
    check(age == -1 or 60 <= age <= longest, "maximum age", age)
    destinations = set(by_type(template, "AWS::S3::Bucket")) | set(by_type(template, "AWS::SQS::Queue"))
    used = set(references(mapping.get("DestinationConfig")))
    check(used == destinations, "destination", used)
    threshold = template["Resources"]["IteratorAgeAlarm"]["Properties"]["Threshold"]
    limit = min(retention_hours * 3600, age if age >= 0 else LONGEST_AGE_S * 365)
    check(0 < threshold < limit * 1000, "the alarm comes when records are lost already")


def judge_permissions(template):
    for line in permissions(template):
        effect, action, resource = line.split(" ", 3)[:3]
        check("*" not in action, line)
        check(resource != "*" or action.startswith("ec2:"), line)
        check(effect == "allow" or action.startswith("ec2:"), line)
    needed = {"${FailureBucket.Arn}/*": "s3:PutObject", "${FailureQueue.Arn}": "sqs:SendMessage"}
    allowed = {tuple(line.split(" ", 3)[1:3]) for line in permissions(template)}
    for resource, action in needed.items():
        there = resource.strip("$/*{}").split(".")[0] in template["Resources"]
        check(((action, resource) in allowed) == there, action, resource)


def judge(template, project, stage, retention_hours):
    check(template["AWSTemplateFormatVersion"] == "2010-09-09", "format version")
    check(re.fullmatch(r"\d+\.\d+\.\d+", template["Metadata"]["Lorry"]["Version"]), "metadata")
    judge_references(template)
    judge_resources(template, project, stage)
    judge_source(template)
    judge_variables(judge_function(template), template["Parameters"], retention_hours)
    judge_mapping(template, retention_hours)
    judge_permissions(template)
