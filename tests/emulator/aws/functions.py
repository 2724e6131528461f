"""Lambda: functions that take their time to change, and what their processes see.

Facts [Lambda Developer Guide, "Lambda function states", "Defining runtime environment variables"]:

- A new function is Pending, then Active; until then an invocation is a ResourceConflictException.
- While an update is InProgress the function stays Active and is invoked as it was, and another update is a
  ResourceConflictException. CloudFormation waits instead. No update ends an invocation.
- A process has the variables of Lambda and of the function, and none of whoever runs Lambda.
"""

import contextlib
import os
import threading
import time

from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from .common import STEP_S, amend, in_thread, later, refuse, succeeded

CHANGING = ("State", "StateReason", "StateReasonCode", "LastUpdateStatus")
KEPT = ("AWS_", "_", "LAMBDA_")
CLEAN_PATH = "/usr/local/bin:/usr/bin:/bin:/opt/bin"


class Stack(threading.local):
    """Whether this thread works for CloudFormation, which waits where others are refused."""

    works = False


stack = Stack()


@contextlib.contextmanager
def working_for_a_stack():
    stack.works = True
    try:
        yield
    finally:
        stack.works = False


# Functions as they were before the update that is in progress.
previous = {}


def scoped(name):
    return get_account_id(), get_region(), name


def is_changing(name):
    function = lambda_svc._functions.get(name)
    return bool(function) and function["config"].get("LastUpdateStatus") == "InProgress"


def wait_until_changed(name):
    while is_changing(name):
        time.sleep(STEP_S)


def is_busy(worker):
    """A lease that ended badly is never given back, but its process is gone then."""
    process = worker._proc
    is_starting = not process and not getattr(worker, "_stopping", True)
    return worker.in_use and (is_starting or bool(process) and process.poll() is None)


def kill_when_free(workers):
    while any(map(is_busy, workers)):
        time.sleep(STEP_S)
    lambda_runtime.kill_workers(workers)


def retire(name, qualifier=None, account=None, region=None):
    """Lets no invocation have the function's processes any more; each ends when it is free."""
    wanted = (account, region, name, qualifier)
    workers = []
    with lambda_runtime._lock:
        for key in list(lambda_runtime._workers):
            if all(want in (None, part) for want, part in zip(wanted, key.split(":"))):
                workers += lambda_runtime._workers.pop(key)
    in_thread(kill_when_free, workers)


def settle(name):
    """Ends Pending and InProgress, of the function and of its versions."""
    function = lambda_svc._functions.get(name) or {}
    if previous.pop(scoped(name), None):
        retire(name, "$LATEST", get_account_id(), get_region())
    for record in [function, *function.get("versions", {}).values()]:
        record.get("config", {}).update(State="Active", StateReason="", StateReasonCode="",
                                        LastUpdateStatus="Successful")


def one_at_a_time(update, settings):
    """An update that is refused, or for CloudFormation waits, while another is in progress."""
    def updated(name, data):
        if stack.works:
            wait_until_changed(name)
        elif is_changing(name):
            return refuse("ResourceConflictException", "The operation cannot be performed at this time. "
                          f"An update is in progress for resource: {lambda_svc._func_arn(name)}", 409)
        before = dict(lambda_svc._functions.get(name) or {})
        before["config"] = dict(before.get("config") or {})
        answer = update(name, data)
        if not succeeded(answer):
            return answer
        if is_changing(name):
            previous[scoped(name)] = before
        config = lambda_svc._functions[name]["config"]
        config.update(State="Active", StateReason="", StateReasonCode="")
        if stack.works:
            wait_until_changed(name)
        return amend(answer, {key: config[key] for key in CHANGING})

    return updated


def as_before(execute):
    """Runs what a function was before the update that is in progress."""
    def executed(function, event):
        config = function["config"]
        before = previous.get(scoped(config["FunctionName"]))
        if before and config["Version"] == "$LATEST":
            function = {**before, "config": {**before["config"], "FunctionArn": config["FunctionArn"]}}
        return execute(function, event)

    return executed


def when_active(invoke):
    async def invoked(name, *arguments, **options):
        function = lambda_svc._functions.get(name)
        if function and function["config"].get("State") == "Pending":
            return refuse("ResourceConflictException", "The operation cannot be performed at this time. "
                          "The function is currently in the following state: Pending", 409)
        return await invoke(name, *arguments, **options)

    return invoked


def logging_of(config):
    """What a process is told about its log."""
    logging = config.get("LoggingConfig") or {}
    group = logging.get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    variables = {"AWS_LAMBDA_LOG_GROUP_NAME": group}
    if logging.get("LogFormat") == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        variables["AWS_LAMBDA_LOG_LEVEL"] = logging.get("ApplicationLogLevel", "INFO")
    return variables


def without_ours(make_environment):
    """The environment of a function's process, without what it has only from this process."""
    def made(config, *arguments):
        own = (config.get("Environment") or {}).get("Variables") or {}
        environment = {name: value for name, value in make_environment(config, *arguments).items()
                       if name in own or (name.startswith(KEPT) and os.environ.get(name) != value)}
        environment["AWS_ENDPOINT_URL"] = os.environ["AWS_ENDPOINT_URL"]
        return {"PATH": CLEAN_PATH, "LANG": "en_US.UTF-8", "TZ": ":UTC", **logging_of(config), **environment}

    return made


def correct(settings):
    lambda_svc.invalidate_worker = retire
    lambda_svc._schedule_state_transition = lambda name, _: later(settings, settle, name)
    lambda_svc._update_code = one_at_a_time(lambda_svc._update_code, settings)
    lambda_svc._update_config = one_at_a_time(lambda_svc._update_config, settings)
    lambda_svc._execute_function = as_before(lambda_svc._execute_function)
    lambda_svc._invoke = when_active(lambda_svc._invoke)
    lambda_svc._provided_worker_env = without_ours(lambda_svc._provided_worker_env)
