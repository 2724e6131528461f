#include "cli/lines.h"

void lines_warn(const struct cli *cli, struct view lines)
{
    struct view line;
    while (view_take_line(&lines, &line))
        cli_warning(cli, "%.*s", VIEW_ARG(line));
}

void lines_put_json(struct view lines, struct json_writer *writer)
{
    struct view line;
    json_begin_array(writer);
    while (view_take_line(&lines, &line))
        json_put_string(writer, line);
    json_end_array(writer);
}
