"""What Lambda may do in the name of a function's role, and how requests come; asked only where the emulator
verifies (AUTH).

Facts [Lambda Developer Guide, "Defining Lambda function permissions with an execution role", the
permissions of each event source and destination, "Amazon ECR permissions"]: a mapping reads with the
permissions of the role, and so are log events and records of failures written. Making a mapping whose
role lacks them is an InvalidParameterValueException; without those of logs there is just no log. An image
is read by lambda.amazonaws.com, which the repository's policy has to allow. (Lambda adds that itself, if
the caller may change the policy; here it does not.)

Facts [IAM User Guide, "AWS global condition context keys"]: aws:SecureTransport says whether a request came
with TLS. Endpoints of AWS are used with TLS, and the plain HTTP of the emulator stands for that.
"""

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import (EvalContext, _gather_role_policies, evaluate,
                                          evaluate_resource_policy)
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecr, lambda_svc

LAMBDA = "lambda.amazonaws.com"
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


def correct(_settings):
    iam_evaluator._resolve_condition_key = with_tls(iam_evaluator._resolve_condition_key)
