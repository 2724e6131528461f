#include "stack/ecr_refusal.h"

#include <string.h>

#include "base/buf.h"

static const char push_permissions[] =
    "\"ecr:BatchCheckLayerAvailability\", \"ecr:InitiateLayerUpload\", \"ecr:UploadLayerPart\", "
    "\"ecr:CompleteLayerUpload\", \"ecr:PutImage\" and \"ecr:BatchGetImage\"";
static const char pull_permissions[] = "\"ecr:BatchGetImage\" and \"ecr:GetDownloadUrlForLayer\"";

static void put_unknown(const struct ecr_refused *refused, struct buf *text)
{
    const struct oci_reference *reference = refused->reference;
    buf_printf(text, "there is no repository \"%s\" in %s", reference->repository,
               reference->registry);
    if (refused->pushed)
        buf_printf(text, ": make it with \"lorry registry create %s\"%s", reference->repository,
                   refused->no_create ? ", or push without --no-create" : "");
}

static void put_expired(const struct ecr_refused *refused, struct buf *text)
{
    buf_printf(text,
               "%s takes a new authorization token for an expired one: is its region the one that "
               "the token is from (%s), and is the clock of this machine right?",
               refused->reference->registry, refused->region);
}

static void put_denied(const struct ecr_refused *refused, const struct error *err, struct buf *text)
{
    buf_printf(text, "%s; allow %s on the repository to whoever calls", err->message,
               refused->pushed ? push_permissions : pull_permissions);
}

static void put_immutable(const struct ecr_refused *refused, struct buf *text)
{
    buf_printf(text,
               "the tag \"%s\" is there already, and the repository \"%s\" does not let it move: "
               "push under another tag; one that \"lorry registry create --immutable\" makes lets "
               "the tags of deployed images move",
               refused->reference->tag, refused->reference->repository);
}

void ecr_refusal_explain(const struct ecr_refused *refused, struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct error before = *err;
    if (err->domain != ERROR_HTTP)
        return;
    if (error_is(err, "NAME_UNKNOWN"))
        put_unknown(refused, &text);
    else if (strcasestr(err->message, "token has expired"))
        put_expired(refused, &text);
    else if (error_is(err, "DENIED") || error_is(err, "UNAUTHORIZED"))
        put_denied(refused, err, &text);
    else if (refused->pushed && refused->reference->tag && strstr(err->message, "immutable"))
        put_immutable(refused, &text);
    else
        return;
    error_set(err, ERROR_HTTP, before.code, "%s", buf_str(&text));
    error_set_name(err, before.name);
}
