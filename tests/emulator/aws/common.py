"""What the corrections share."""

import contextvars
import json
import threading
import time
from pathlib import Path

from ministack.core.responses import error_response_json, json_response

MILLION = 1_000_000
STEP_S = 0.02


class Settings:
    """Files with a number each, so that a test can change them while the server runs."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def read(self, name):
        return float((self.folder / name).read_text(encoding="ascii"))

    @property
    def seconds(self):
        """How long all takes that takes its time on AWS."""
        return self.read("seconds")

    @property
    def ageing(self):
        """How many times faster records in streams get old."""
        return self.read("ageing")

    def wait(self):
        """Waits as long as that; a new setting holds at once."""
        begin = time.monotonic()
        while (left := begin + self.seconds - time.monotonic()) > 0:
            time.sleep(min(left, STEP_S))

    def pause(self):
        """Waits before something is tried again, which is some time in any case."""
        self.wait()
        time.sleep(STEP_S)


def in_thread(action, *arguments):
    """Does it for the account and region of this request."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(action, *arguments), daemon=True)
    thread.start()
    return thread


def later(settings, action, *arguments):
    """Does it after the time that things take; at once, if they take none."""
    if settings.seconds <= 0:
        action(*arguments)
        return

    def wait_and_do():
        settings.wait()
        action(*arguments)

    in_thread(wait_and_do)


def refuse(code, message, status=400):
    """An answer of a service with a JSON protocol."""
    return error_response_json(code, message, status)


def invalid(message):
    return refuse("ValidationException", message)


def amend(answer, changes):
    """An answer with some members of its JSON changed; errors stay as they are."""
    status, headers, body = answer
    if status >= 300:
        return answer
    changed = json_response({**json.loads(body), **changes}, status)
    return changed[0], {**headers, **changed[1]}, changed[2]


def succeeded(answer):
    return answer[0] < 300
