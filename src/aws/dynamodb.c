#include "aws/dynamodb.h"

#include "aws/dynamodb_service.h"
#include "aws/paging.h"

const struct aws_service dynamodb_service = {
    .name = "DynamoDB",
    .host = "dynamodb",
    .signing_name = "dynamodb",
    .variable = "DYNAMODB",
    .protocol = &aws_protocol_json_1_0,
    .target = "DynamoDB_20120810",
};

/* A statement needs the one that fits: PartiQLSelect, PartiQLInsert, ... */
static const struct aws_operation execute_statement = {
    .service = &dynamodb_service,
    .name = "ExecuteStatement",
    .permission = "dynamodb:PartiQL*",
};

struct taking {
    dynamodb_take_item *take;
    void *user;
};

static int take_page(void *user, const json_t *page, struct error *err)
{
    const struct taking *taking = user;
    const json_t *items = json_object_get(page, "Items");
    int result = 0;
    for (size_t i = 0; result == 0 && i < json_array_size(items); i++)
        result = taking->take(taking->user, json_array_get(items, i), err);
    return result;
}

/* An INSERT that was tried again may meet the item that it has inserted itself. */
static void explain_duplicate(struct error *err)
{
    struct error why = *err;
    if (!err->repeated || !error_is(err, "DuplicateItemException"))
        return;
    error_set(err, why.domain, why.code,
              "%s; an earlier try got no answer, and may have inserted it: look before you insert "
              "it again",
              why.message);
    error_set_name(err, why.name);
    err->repeated = true;
}

int dynamodb_execute_statement(struct aws_client *client,
                               const struct dynamodb_statement *statement, dynamodb_take_item *take,
                               void *user, struct error *err)
{
    struct taking taking = {take, user};
    json_t *input = json_pack("{s:s%}", "Statement", statement->text.ptr, statement->text.len);
    if (!input)
        return error_set(err, ERROR_INPUT, 0, "the statement is not valid UTF-8");
    if (statement->parameters)
        json_object_set(input, "Parameters", statement->parameters);
    if (statement->consistent)
        json_object_set_new(input, "ConsistentRead", json_true());
    const struct aws_json_pages pages = {
        .operation = &execute_statement,
        .subject = "PartiQL",
        .input = input,
        .token_in = "NextToken",
        .token_out = "NextToken",
        .take = take_page,
        .user = &taking,
    };
    struct error why = {0};
    int result = aws_json_pages(client, &pages, &why);
    json_decref(input);
    if (result < 0 && err) {
        explain_duplicate(&why);
        *err = why;
    }
    return result;
}
