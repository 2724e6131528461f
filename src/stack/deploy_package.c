#include "stack/deploy_parts.h"

#include "base/size.h"
#include "stack/ecr_registry.h"
#include "stack/template.h"

/* How many images that are not deployed a new repository keeps. */
#define KEEP_IMAGES 10

static struct repository_plan plan_repository(const struct deployment *deployment,
                                              struct ecr_tag tags[2])
{
    const struct stack *pipeline = deployment->pipeline;
    tags[0] = (struct ecr_tag){"ProjectName", pipeline->project};
    tags[1] = (struct ecr_tag){"Stage", pipeline->stage};
    return (struct repository_plan){
        .name = {deployment->account, pipeline->processor.repository},
        .project = pipeline->project,
        .function = pipeline->processor.name,
        .keep = KEEP_IMAGES,
        .tags = tags,
        .tag_count = 2,
    };
}

static void tell_image(const struct deployment *deployment, const struct published *published)
{
    const char *repository = deployment->pipeline->processor.repository;
    if (published->created)
        deployment_say(deployment, "repository %s made", repository);
    cleanup_buf struct buf sent = BUF_INIT(BUF_TEXT_CAP);
    size_append(&sent, published->progress.bytes_sent);
    if (published->progress.bytes_sent)
        deployment_say(deployment, "image pushed: %s", buf_str(&sent));
    else
        deployment_say(deployment, "the image is in %s already", repository);
    if (published->remarks.len)
        deployment_say(deployment, "%s", buf_str(&published->remarks));
}

/* By its digest. */
static void name_image(struct deployment *deployment)
{
    cleanup_buf struct buf uri = BUF_INIT(BUF_TEXT_CAP);
    ecr_registry_name(deployment->account, deployment->region, &uri);
    buf_printf(&uri, "/%s@%s", deployment->pipeline->processor.repository,
               deployment->deploy->image->manifest.digest.text);
    deployment_set(deployment, TEMPLATE_IMAGE_URI, buf_str(&uri));
}

static int publish(struct deployment *deployment, struct oci_reference *reference,
                   struct error *err)
{
    const struct deploy *deploy = deployment->deploy;
    cleanup_published struct published published = {0};
    struct ecr_tag tags[2];
    const struct publish publish = {
        .client = deployment->client,
        .reference = reference,
        .image = deploy->image,
        .no_create = deploy->no_create,
        .plan = plan_repository(deployment, tags),
        .on_progress = deploy->ui->send,
        .user = deploy->ui->user,
    };
    if (publish_image(&publish, &published, err) < 0)
        return -1;
    tell_image(deployment, &published);
    name_image(deployment);
    return 0;
}

static int publish_to_ecr(struct deployment *deployment, struct error *err)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    cleanup_oci_reference struct oci_reference reference = {0};
    ecr_registry_name(deployment->account, deployment->region, &name);
    buf_printf(&name, "/%s:%s", deployment->pipeline->processor.repository, deployment->name);
    if (oci_reference_parse(buf_view(&name), &reference, err) < 0)
        return -1;
    return publish(deployment, &reference, err);
}

int deployment_name_package(struct deployment *deployment, struct error *err)
{
    if (!deployment->deploy->image)
        return deployment_name_zip(deployment, err);
    name_image(deployment);
    return 0;
}

int deployment_publish(struct deployment *deployment, struct error *err)
{
    return deployment->deploy->image ? publish_to_ecr(deployment, err)
                                     : deployment_upload_zip(deployment, "", err);
}
