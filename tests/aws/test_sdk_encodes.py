"""Random messages, framed by the encoder of an SDK of AWS (the botocore that is installed has a decoder only) and read
by src/aws/event_stream.c in random pieces: what comes out must be what went in. botocore's decoder reads them as well.

LORRY_SEED repeats a run.
"""

import json
import os
import random
import subprocess
import sys
import unittest
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("amazon_transcribe", "botocore")
from amazon_transcribe import eventstream
from botocore.eventstream import EventStreamBuffer

EVENT_TOOL = os.environ["LORRY_EVENT_TOOL"]
STREAMS, MESSAGES = 40, 12
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
CHARACTERS = ":-_azAZ09 \"\\{}\näß€𐍈"
# Of what the encoder takes for itself: how it is numbered on the wire, and how many bits it has.
NUMBERS = {2: (eventstream.Int8HeaderValue, 8), 3: (eventstream.Int16HeaderValue, 16),
           4: (eventstream.Int32HeaderValue, 32), 5: (eventstream.Int64HeaderValue, 64)}


def make_text(rng, least, most):
    return "".join(rng.choice(CHARACTERS) for _ in range(rng.randint(least, most)))


def make_header(rng):
    """A value for the encoder, and [type, number, bytes] that have to come out."""
    kind = rng.randrange(10)
    if kind < 2:
        return kind == 0, [kind, 1 - kind, ""]
    if kind in NUMBERS:
        wrap, bits = NUMBERS[kind]
        number = rng.choice([-2 ** (bits - 1), 2 ** (bits - 1) - 1, -1, 0, rng.randrange(2 ** (bits - 1))])
        return wrap(number), [kind, number, ""]
    if kind == 6:
        value = rng.randbytes(rng.choice([0, 1, 300]))
        return value, [kind, 0, value.hex()]
    if kind == 7:
        value = make_text(rng, 0, rng.choice([3, 300]))
        return value, [kind, 0, value.encode().hex()]
    if kind == 8:
        seconds = rng.randrange(4 * 10 ** 9)
        return EPOCH + timedelta(seconds=seconds), [kind, seconds * 1000, ""]
    value = uuid.UUID(bytes=rng.randbytes(16), version=4)
    return value, [kind, 0, value.bytes.hex()]


def make_message(rng):
    """Its frame, and what has to be read."""
    headers, wanted = {}, []
    for number in range(rng.choice([0, 1, 3, 12])):
        name = f"{make_text(rng, 1, 20)}{number}"
        headers[name], value = make_header(rng)
        wanted.append([name, *value])
    payload = rng.randbytes(rng.choice([0, 1, 50, 5000, 70000]))
    frame = eventstream.EventStreamMessageSerializer().serialize(headers, payload)
    return frame, {"headers": wanted, "payload": payload.hex()}


def read(stream, pieces):
    return subprocess.run([EVENT_TOOL, *map(str, pieces)], input=stream, capture_output=True, check=False, timeout=60)


class Encoded(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("LORRY_SEED") or random.randrange(2**32))
        self.rng = random.Random(self.seed)

    def assert_read(self, messages):
        stream = b"".join(frame for frame, _ in messages)
        result = read(stream, [self.rng.choice([1, 7, 11, 1000, 100000]) for _ in range(5)])
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertEqual([json.loads(line) for line in result.stdout.splitlines()], [wanted for _, wanted in messages])
        decoder = EventStreamBuffer()
        decoder.add_data(stream)
        self.assertEqual([message.payload.hex() for message in decoder], [wanted["payload"] for _, wanted in messages])

    def test_streams(self):
        for number in range(STREAMS):
            with self.subTest(LORRY_SEED=self.seed, stream=number):
                self.assert_read([make_message(self.rng) for _ in range(self.rng.randint(0, MESSAGES))])

    def test_damage(self):
        """One bit of a frame, wherever it is, makes the stream end in an error."""
        for number in range(STREAMS):
            frame, _ = make_message(self.rng)
            damaged = bytearray(frame)
            damaged[self.rng.randrange(len(frame))] ^= 1 << self.rng.randrange(8)
            with self.subTest(LORRY_SEED=self.seed, frame=number):
                result = read(bytes(damaged), [100000])
                self.assertEqual((result.returncode, result.stdout), (1, b""))
                self.assertIn(b"the event stream is damaged", result.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
