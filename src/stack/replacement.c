#include "stack/replacement.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"

/* Of each type the chosen name first, where it has one: nothing is replaced under its own name. */
static const struct {
    const char *type, *property;
    enum replacement replacement;
    bool is_name;
} table[] = {
    {"AWS::CloudWatch::Alarm", "AlarmName", REPLACEMENT_CERTAIN, true},
    {"AWS::DynamoDB::Table", "TableName", REPLACEMENT_CERTAIN, true},
    {"AWS::DynamoDB::Table", "AttributeDefinitions", REPLACEMENT_PERHAPS, false},
    {"AWS::DynamoDB::Table", "ImportSourceSpecification", REPLACEMENT_CERTAIN, false},
    {"AWS::DynamoDB::Table", "KeySchema", REPLACEMENT_PERHAPS, false},
    {"AWS::IAM::Role", "RoleName", REPLACEMENT_CERTAIN, true},
    {"AWS::IAM::Role", "Path", REPLACEMENT_CERTAIN, false},
    {"AWS::Kinesis::Stream", "Name", REPLACEMENT_CERTAIN, true},
    {"AWS::Lambda::EventSourceMapping", "EventSourceArn", REPLACEMENT_CERTAIN, false},
    {"AWS::Lambda::EventSourceMapping", "SelfManagedEventSource", REPLACEMENT_CERTAIN, false},
    {"AWS::Lambda::EventSourceMapping", "StartingPosition", REPLACEMENT_CERTAIN, false},
    {"AWS::Lambda::EventSourceMapping", "StartingPositionTimestamp", REPLACEMENT_CERTAIN, false},
    {"AWS::Lambda::Function", "FunctionName", REPLACEMENT_CERTAIN, true},
    {"AWS::Lambda::Function", "DurableConfig", REPLACEMENT_PERHAPS, false},
    {"AWS::Lambda::Function", "PackageType", REPLACEMENT_CERTAIN, false},
    {"AWS::Lambda::Function", "TenancyConfig", REPLACEMENT_CERTAIN, false},
    {"AWS::Logs::LogGroup", "LogGroupName", REPLACEMENT_CERTAIN, true},
    {"AWS::S3::Bucket", "BucketName", REPLACEMENT_CERTAIN, true},
    {"AWS::S3::Bucket", "BucketNamePrefix", REPLACEMENT_CERTAIN, false},
    {"AWS::S3::Bucket", "BucketNamespace", REPLACEMENT_CERTAIN, false},
    {"AWS::S3::BucketPolicy", "Bucket", REPLACEMENT_CERTAIN, false},
    {"AWS::SQS::Queue", "QueueName", REPLACEMENT_CERTAIN, true},
    {"AWS::SQS::Queue", "FifoQueue", REPLACEMENT_CERTAIN, false},
};

enum replacement replacement_by(const char *type, const char *property)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].type, type) == 0 && strcmp(table[i].property, property) == 0)
            return table[i].replacement;
    return REPLACEMENT_NONE;
}

const char *replacement_name(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].is_name && strcmp(table[i].type, type) == 0)
            return table[i].property;
    return NULL;
}
