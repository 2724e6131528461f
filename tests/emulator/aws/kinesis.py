"""Kinesis: streams that take their time to come up, sequence numbers, shards that are closed.

Facts [Kinesis Data Streams API Reference, CreateStream; Developer Guide, "Reshard a stream"]:

- A stream is CREATING, then ACTIVE; until then it cannot be read or written.
- A sequence number has 56 digits and grows within a shard [seen on AWS].
- Splitting and merging close the parents: they have an EndingSequenceNumber, take no records, and what is in them
  can be read until it expires. At the end of a closed shard there is no next iterator.
"""

import itertools
import json
import time

from ministack.services import kinesis

from .common import MILLION, amend, later, refuse, succeeded

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


def is_open(shard):
    return "ending_sequence_number" not in shard


def open_shards(stream):
    return {shard_id: shard for shard_id, shard in stream["shards"].items() if is_open(shard)}


def route(hash_key, stream):
    return next(shard_id for shard_id, shard in open_shards(stream).items()
                if int(shard["starting_hash_key"]) <= hash_key <= int(shard["ending_hash_key"]))


def close(parents, stream, before):
    """Ends the parents; `before`: the shards that the stream had, which it keeps."""
    for shard in parents.values():
        shard["ending_sequence_number"] = next_sequence_number()
    stream["shards"] = {**before, **stream["shards"]}


def closing(reshard, *names):
    """A split or merge; `names`: of the parameters with the shards."""
    def resharded(data):
        _, stream = kinesis._resolve_stream(data)
        before = dict(stream["shards"]) if stream else {}
        parents = {data[name]: before[data[name]] for name in names if data.get(name) in before}
        if not all(map(is_open, parents.values())):
            return refuse("InvalidArgumentException", f"Shard {next(iter(parents))} is already closed")
        answer = reshard(data)
        if succeeded(answer):
            close(parents, stream, before)
        return answer

    return resharded


def parents_of(child, parents):
    """The first two whose ranges meet the child's, as a merge would have them."""
    low, high = int(child["starting_hash_key"]), int(child["ending_hash_key"])
    found = [shard_id for shard_id, shard in parents.items()
             if int(shard["starting_hash_key"]) <= high and int(shard["ending_hash_key"]) >= low]
    return [*found, None][:2]


def update_shard_count(update):
    """All shards are closed, and as many new ones as asked for follow them."""
    def updated(data):
        _, stream = kinesis._resolve_stream(data)
        if not stream:
            return update(data)
        before, parents = stream["shards"], open_shards(stream)
        first = kinesis._max_shard_index(stream) + 1
        answer = update(data)
        if succeeded(answer):
            stream["shards"] = kinesis._build_shards(int(data["TargetShardCount"]), first)
            for child in stream["shards"].values():
                child["parent_shard_id"], child["adjacent_parent_shard_id"] = parents_of(child, parents)
            close(parents, stream, before)
            answer = amend(answer, {"CurrentShardCount": len(parents)})
        return answer

    return updated


def shown(show):
    def said(shard_id, shard):
        description = show(shard_id, shard)
        if not is_open(shard):
            description["SequenceNumberRange"]["EndingSequenceNumber"] = shard["ending_sequence_number"]
        return description

    return said


def summary(describe):
    def described(data):
        answer = describe(data)
        if not succeeded(answer):
            return answer
        _, stream = kinesis._resolve_stream(data)
        said = json.loads(answer[2])["StreamDescriptionSummary"]
        return amend(answer, {"StreamDescriptionSummary": {**said, "OpenShardCount": len(open_shards(stream))}})

    return described


def reading(get):
    """The last records of a closed shard come without a next iterator."""
    def got(data):
        answer = get(data)
        if not succeeded(answer):
            return answer
        state = kinesis._shard_iterators[json.loads(answer[2])["NextShardIterator"]]
        shard = kinesis._streams[state["stream"]]["shards"][state["shard_id"]]
        if is_open(shard) or state["position"] < len(shard["records"]):
            return answer
        return amend(answer, {"NextShardIterator": None})

    return got


def correct(settings):
    kinesis._route_to_shard = route
    kinesis._split_shard = closing(kinesis._split_shard, "ShardToSplit")
    kinesis._merge_shards = closing(kinesis._merge_shards, "ShardToMerge", "AdjacentShardToMerge")
    kinesis._update_shard_count = update_shard_count(kinesis._update_shard_count)
    kinesis._shard_out = shown(kinesis._shard_out)
    kinesis._describe_stream_summary = summary(kinesis._describe_stream_summary)
    kinesis._get_records = reading(kinesis._get_records)
    kinesis._next_sequence_number = next_sequence_number
    kinesis._create_stream = create_slowly(kinesis._create_stream, settings)
    kinesis._ensure_active = lambda stream: None  # it would end CREATING when somebody looks
