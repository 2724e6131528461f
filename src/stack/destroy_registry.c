/* The images in ECR. Other stages may have theirs in the same repository: then only the image of
 * this one goes. */
#include "aws/ecr.h"
#include "base/memory.h"
#include "stack/destroy_parts.h"

/* So many other tags are named. */
#define NAMED_MAX 5

/* The tags of a repository. */
struct tags {
    const char *ours; /* "<project>-<stage>" */
    bool has_ours;
    size_t others;
    struct buf names; /* of the others, the first ones */
};

static int take_tag(void *user, const char *tag, struct error *err)
{
    struct tags *tags = user;
    (void)err;
    if (strcmp(tag, tags->ours) == 0)
        tags->has_ours = true;
    else if (tags->others++ < NAMED_MAX)
        buf_printf(&tags->names, "%s%s", tags->names.len ? ", " : "", tag);
    return 0;
}

static struct ecr_name name_of(const struct destruction *destruction)
{
    return (struct ecr_name){destruction->deployment.account,
                             destruction->destroy->stack->processor.repository};
}

static void note_image(struct destruction *destruction, const struct tags *tags)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    if (!tags->has_ours)
        return;
    buf_printf(&name, "%s:%s", destruction->destroy->stack->processor.repository, tags->ours);
    destruction_note(destruction,
                     &(struct destroy_thing){"image", buf_str(&name), "the one that is deployed",
                                             DESTROY_APART});
}

/* The repository was made by whichever stage came first: its project is what counts. */
static int survey_repository(struct destruction *destruction, const char *arn,
                             const struct tags *tags, struct error *err)
{
    const struct ecr_tag project = {"ProjectName", destruction->destroy->stack->project};
    cleanup_buf struct buf why = BUF_INIT(BUF_TEXT_CAP);
    struct destroy_thing thing = {"repository", destruction->destroy->stack->processor.repository,
                                  "with all its images", DESTROY_APART};
    int ours = ecr_has_tag(destruction->deployment.client, arn, &project, err);
    if (ours < 0)
        return -1;
    if (tags->others) {
        buf_printf(&why, "it has the images of others: %s", buf_str(&tags->names));
        if (tags->others > NAMED_MAX)
            buf_printf(&why, " and %zu more", tags->others - NAMED_MAX);
        thing.why = buf_str(&why);
        thing.way = DESTROY_NOT;
    } else if (!ours) {
        thing.why = "its tags say that it is not of this pipeline";
        thing.way = DESTROY_NOT;
    }
    destruction_note(destruction, &thing);
    if (thing.way == DESTROY_NOT)
        note_image(destruction, tags);
    return 0;
}

static int survey(struct destruction *destruction, struct error *err)
{
    const struct ecr_name name = name_of(destruction);
    cleanup_ecr_repository struct ecr_repository repository = {0};
    struct tags tags = {.ours = destruction->deployment.name, .names = BUF_INIT(BUF_TEXT_CAP)};
    struct error why = {0};
    if (ecr_describe_repository(destruction->deployment.client, &name, &repository, &why) < 0) {
        if (!error_is(&why, "RepositoryNotFoundException")) {
            if (err)
                *err = why;
            return -1;
        }
        deployment_say(&destruction->deployment, "there is no repository %s", name.repository);
        return 0;
    }
    int result =
        ecr_list_image_tags(destruction->deployment.client, &name, take_tag, &tags, err) < 0
            ? -1
            : survey_repository(destruction, repository.arn, &tags, err);
    buf_release(&tags.names);
    return result;
}

int destruction_survey_registry(struct destruction *destruction, struct error *err)
{
    const struct stack *pipeline = destruction->destroy->stack;
    if (destruction->destroy->registry)
        return survey(destruction, err);
    if (destruction->exists && pipeline->processor.package == STACK_IMAGE)
        destruction_note(destruction,
                         &(struct destroy_thing){"repository", pipeline->processor.repository,
                                                 "only --registry deletes images", DESTROY_NOT});
    return 0;
}

int destruction_delete_image(struct destruction *destruction, const char *name, struct error *err)
{
    const struct ecr_name repository = name_of(destruction);
    (void)name;
    return ecr_delete_image_tag(destruction->deployment.client, &repository,
                                destruction->deployment.name, err);
}

int destruction_delete_repository(struct destruction *destruction, const char *name,
                                  struct error *err)
{
    return ecr_delete_repository(destruction->deployment.client, &(struct ecr_name){NULL, name},
                                 err);
}
