"""Starts the emulator; its settings are files in HOME (Settings)."""

import os

from ministack import app

from . import (cloudformation, dynamodb, ecr, functions, images, kinesis, logs, mapping,
               mapping_api)
from .common import Settings

SERVICES = (dynamodb, kinesis, functions, images, mapping, mapping_api, logs, ecr, cloudformation)


def main():
    os.chdir(os.environ["HOME"])
    settings = Settings(os.getcwd())
    for service in SERVICES:
        service.correct(settings)
    app.main()


main()
