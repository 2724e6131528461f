"""What Lambda may do in the name of a function's role, and how requests come; asked only where the emulator
verifies (AUTH).

Facts [Lambda Developer Guide, "Defining Lambda function permissions with an execution role", the
permissions of each event source and destination, "Amazon ECR permissions"]: a mapping reads with the
permissions of the role, and so are log events and records of failures written. Making a mapping whose
role lacks them is an InvalidParameterValueException; without those of logs there is just no log. An image
is read by lambda.amazonaws.com, which the repository's policy has to allow. (Lambda adds that itself, if
the caller may change the policy; here it does not.) [Service Authorization Reference]: PartiQL needs the
permission of the kind of its statement; tags of tables and DescribeRepositories are about the resource that
they name.

Facts [IAM User Guide, "AWS global condition context keys"]: aws:SecureTransport says whether a request came
with TLS. Endpoints of AWS are used with TLS, and the plain HTTP of the emulator stands for that.
"""

import contextvars
import json
import re

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import (EvalContext, _gather_role_policies, evaluate,
                                          evaluate_resource_policy)
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecr, iam, lambda_svc

LAMBDA = "lambda.amazonaws.com"
TABLE = re.compile(r'(?:into|update|from)\s+"?([\w.-]+)', re.I)
told = contextvars.ContextVar("told", default={})  # the circumstances of a simulation
READ = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
DISCARDS = {  # service of a destination: what has to be allowed on what
    "sqs": (("sqs:SendMessage", "{arn}"),),
    "sns": (("sns:Publish", "{arn}"),),
    "s3": (("s3:PutObject", "{arn}/aws/lambda/x"), ("s3:ListBucket", "{arn}")),
}


def context(principal, kind, action, resource, **more):
    return EvalContext(principal_arn=principal, principal_type=kind, principal_account=get_account_id(),
                       action=action, resource_arn=resource, region=get_region(), service_context=more)


def may(role, action, resource):
    """Whether the role's policies allow it."""
    if not app.AUTH:
        return True
    policies = _gather_role_policies(role.rsplit("/", 1)[-1], get_account_id())
    asked = context(role, "AssumedRole", action, resource)
    return evaluate(asked, policies).decision == "Allow"


def wrong_source(role, stream):
    """Why a mapping cannot read the stream, or None."""
    if all(may(role, f"kinesis:{action}", stream) for action in READ):
        return None
    return (f"Cannot access stream {stream}. Please ensure the role can perform the "
            f"{', '.join(READ)} Actions on your stream in IAM.")


def wrong_destination(role, arn):
    """Why OnFailure cannot be told, or None; `arn` may be empty."""
    needed = DISCARDS.get(arn.split(":")[2], ()) if arn else ()
    for action, resource in needed:
        if not may(role, action, resource.format(arn=arn)):
            return f"The function execution role does not have permissions to call {action} on {arn}"
    return None


def may_log(role, group):
    base = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}"
    return may(role, "logs:CreateLogStream", base + ":*") \
        and may(role, "logs:PutLogEvents", base + ":log-stream:x")


def may_pull(repository, function_name):
    """Whether Lambda may, for this function."""
    if not app.AUTH:
        return True
    arn = f"arn:aws:ecr:{get_region()}:{get_account_id()}:repository/{repository}"
    source = {"aws:sourceaccount": get_account_id(), "aws:sourcearn": lambda_svc._func_arn(function_name)}
    policy = ecr._repo_policies.get(repository)
    return all(evaluate_resource_policy(policy, context(LAMBDA, "Service", action, arn, **source),
                                        service=LAMBDA).decision == "Allow" for action in PULL)


def with_tls(resolve):
    def resolved(key, asked):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, asked)

    return resolved


def with_circumstances(resolve):
    """Simulations know what they were told of the request."""
    def resolved(key, asked):
        return told.get().get(key.lower()) or resolve(key, asked)

    return resolved


def simulating(simulate):
    def simulated(params):
        entries, place = {}, 1
        while name := iam._p(params, f"ContextEntries.member.{place}.ContextKeyName"):
            entries[name.lower()] = iam._p(params, f"ContextEntries.member.{place}.ContextKeyValues.member.1")
            place += 1
        token = told.set(entries)
        try:
            return simulate(params)
        finally:
            told.reset(token)

    return simulated


def named_in(service, body, region, account):
    """The ARN of what the body of a request names where MiniStack does not look; None."""
    if service not in ("ecr", "dynamodb"):
        return None
    asked = json.loads(body or b"{}")
    if service == "ecr" and asked.get("repositoryNames"):
        return f"arn:aws:ecr:{region}:{account}:repository/{asked['repositoryNames'][0]}"
    table = TABLE.search(asked.get("Statement", ""))
    if service == "dynamodb" and table:
        return f"arn:aws:dynamodb:{region}:{account}:table/{table.group(1)}"
    return asked.get("ResourceArn")


def with_names(resource):
    def found(service, method, path, headers, body, query_params, region, account):
        return named_in(service, body, region, account) or \
            resource(service, method, path, headers, body, query_params, region, account)

    return found


def with_partiql(action):
    """A statement needs the permission of its kind."""
    def found(service, method, path, headers, body, query_params):
        asked = action(service, method, path, headers, body, query_params)
        if asked != "dynamodb:ExecuteStatement":
            return asked
        return "dynamodb:PartiQL" + json.loads(body)["Statement"].split()[0].capitalize()

    return found


def by_name_alone(gather):
    """The path of a role is no part of its name."""
    return lambda name, account: gather(name.rsplit("/", 1)[-1], account)


def correct(_settings):
    iam_evaluator._resolve_condition_key = with_circumstances(iam_evaluator._resolve_condition_key)
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulating(iam._simulate_principal_policy)
    iam_actions.extract_resource_arn = with_names(iam_actions.extract_resource_arn)
    iam_actions.extract_iam_action = with_partiql(iam_actions.extract_iam_action)
    iam_evaluator._gather_role_policies = by_name_alone(iam_evaluator._gather_role_policies)
    iam_evaluator._resolve_condition_key = with_tls(iam_evaluator._resolve_condition_key)
