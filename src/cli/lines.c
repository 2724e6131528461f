#include "cli/lines.h"

/* Takes the first line off. False: there is none. */
static bool take_line(struct view *lines, struct view *line)
{
    if (!lines->len)
        return false;
    const char *end = memchr(lines->ptr, '\n', lines->len);
    *line = view_of(lines->ptr, end ? (size_t)(end - lines->ptr) : lines->len);
    *lines = view_skip(*lines, line->len + 1);
    return true;
}

void lines_warn(const struct cli *cli, struct view lines)
{
    struct view line;
    while (take_line(&lines, &line))
        cli_warning(cli, "%.*s", VIEW_ARG(line));
}

void lines_put_json(struct view lines, struct json_writer *writer)
{
    struct view line;
    json_begin_array(writer);
    while (take_line(&lines, &line))
        json_put_string(writer, line);
    json_end_array(writer);
}
