"""What a function's answer says about its batch.

Facts [Lambda Developer Guide, "Configuring partial batch response with Kinesis Data Streams and
Lambda"]:

- Nothing, null, an empty object, or one whose `batchItemFailures` is missing, null or empty: all
  succeeded.
- An `itemIdentifier` that is empty, null or missing, or one that is not in the batch: all failed.
- Several identifiers: the lowest sequence number is the checkpoint; the next try begins there.
- Only a mapping with ReportBatchItemFailures looks at the answer at all.
"""

ALL_DONE = None
ALL_FAILED = -1


def first_failed(answer, sequence_numbers):
    """Index of the first record to try again, ALL_DONE or ALL_FAILED."""
    if not answer and answer != "":
        return ALL_DONE
    if not isinstance(answer, dict):
        return ALL_FAILED
    failures = answer.get("batchItemFailures")
    if not failures:
        return ALL_DONE
    if not isinstance(failures, list):
        return ALL_FAILED
    named = [f.get("itemIdentifier") if isinstance(f, dict) else None for f in failures]
    if any(name not in sequence_numbers for name in named):
        return ALL_FAILED
    return min(map(sequence_numbers.index, named))
