#include "cli/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/parse.h"

#define WIDTH 80
#define WIDTH_MIN 40
#define WIDTH_MAX 1000

static int width_of(int fd)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int64_t wanted = 0;
    if ((!columns || parse_int64(view_str(columns), 1, WIDTH_MAX, &wanted, NULL) < 0) &&
        ioctl(fd, TIOCGWINSZ, &size) == 0)
        wanted = size.ws_col;
    if (wanted == 0)
        return WIDTH;
    return wanted < WIDTH_MIN ? WIDTH_MIN : (int)wanted;
}

int screen_width(void)
{
    return width_of(STDOUT_FILENO);
}

int screen_width_of_errors(void)
{
    return isatty(STDERR_FILENO) ? width_of(STDERR_FILENO) : 0;
}

/* Characters, as far as each takes a column. */
static int columns_of(const char *word, size_t len)
{
    int columns = 0;
    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)word[i] & 0xc0) != 0x80;
    return columns;
}

void screen_wrap(struct buf *out, const char *text, const struct screen_lines *lines)
{
    int used = lines->used, limit = lines->width - (int)strlen(lines->mark);
    bool begun = false;
    for (const char *word = text + strspn(text, " "); *word; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        int columns = columns_of(word, len);
        bool last = !word[len + strspn(word + len, " ")];
        if (begun && used + 1 + columns > (last ? lines->width : limit)) {
            buf_printf(out, "%s\n%*s", lines->mark, lines->indent, "");
            used = lines->indent;
        } else if (begun) {
            buf_append_char(out, ' ');
            used++;
        }
        buf_append(out, word, len);
        used += columns;
        begun = true;
        word += len;
    }
    buf_append_char(out, '\n');
}

void screen_wrap_line(struct buf *out, const char *line, size_t fixed, int indent, int width)
{
    if (strlen(line) <= (size_t)width || !width) {
        buf_append_str(out, line);
        buf_append_char(out, '\n');
        return;
    }
    buf_append(out, line, fixed);
    screen_wrap(out, line + fixed, &(struct screen_lines){(int)fixed, indent, width, ""});
}
