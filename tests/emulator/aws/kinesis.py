"""Kinesis: streams that take their time to come up, and sequence numbers.

Facts [Kinesis Data Streams API Reference, CreateStream]: a stream is CREATING, then ACTIVE; until then it
cannot be read or written. A sequence number has 56 digits and grows within a shard [seen on AWS].
"""

import itertools
import time

from ministack.services import kinesis

from .common import MILLION, later, succeeded

PREFIX = "49"
COUNTER = itertools.count()


def next_sequence_number():
    return f"{PREFIX}{int(time.time() * MILLION):024d}{next(COUNTER):030d}"


def create_slowly(create, settings):
    def created(data):
        answer = create(data)
        if succeeded(answer):
            stream = kinesis._streams[data["StreamName"]]
            stream["StreamStatus"] = "CREATING"
            later(settings, stream.update, {"StreamStatus": "ACTIVE"})
        return answer

    return created


def correct(settings):
    kinesis._next_sequence_number = next_sequence_number
    kinesis._create_stream = create_slowly(kinesis._create_stream, settings)
    kinesis._ensure_active = lambda stream: None  # it would end CREATING when somebody looks
