"""MiniStack with its faults on the way DynamoDB -> Kinesis -> Lambda put right.

Each module corrects one service: its `correct(settings)` puts functions of ours in the place of
MiniStack's, and its docstring says which facts of AWS it follows. `python -m aws` corrects all and
serves, as `emulator.py` shows. README.md, one folder up, lists what stays wrong.
"""
