#include "aws/profile.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"

struct entry {
    enum profile_section section;
    char *name;
    char *key; /* NULL: the section itself */
    char *value;
};

struct profiles {
    struct entry *entries;
    size_t count;
};

/* Where the parser is. */
struct place {
    struct profiles *profiles;
    bool credentials;
    const char *path;
    int line;
    bool known;           /* the section is one that is looked at */
    struct entry section; /* borrowed texts */
    char *parent;         /* the key that indented lines belong to; NULL: none */
};

static struct view trim_line(struct view line)
{
    while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
        line.len--;
    while (line.len && strchr(" \t", line.ptr[0]))
        line = view_skip(line, 1);
    return line;
}

static void add(struct place *place, struct view key, struct view value)
{
    struct profiles *profiles = place->profiles;
    profiles->entries =
        xreallocarray(profiles->entries, profiles->count + 1, sizeof(*profiles->entries));
    profiles->entries[profiles->count++] = (struct entry){
        .section = place->section.section,
        .name = xstrdup(place->section.name),
        .key = key.len ? xstrndup(key.ptr, key.len) : NULL,
        .value = xstrndup(value.ptr, value.len),
    };
}

static int malformed(const struct place *place, const char *what, struct error *err)
{
    return error_set(err, ERROR_SETTING, 0, "%s:%d: %s", place->path, place->line, what);
}

/* Without spaces and one pair of quotes around it. */
static struct view bare_name(struct view name)
{
    name = trim_line(name);
    if (name.len >= 2 && (name.ptr[0] == '"' || name.ptr[0] == '\'') &&
        name.ptr[name.len - 1] == name.ptr[0])
        return view_of(name.ptr + 1, name.len - 2);
    return name;
}

static int begin_section(struct place *place, struct view line, struct error *err)
{
    static const struct {
        const char *word;
        enum profile_section section;
    } words[] = {{"profile", PROFILE_CONFIG},
                 {"sso-session", PROFILE_SSO_SESSION},
                 {"services", PROFILE_SERVICES}};
    const char *end = memchr(line.ptr, ']', line.len);
    if (!end)
        return malformed(place, "a section needs a \"]\"", err);
    struct view name = trim_line(view_between(line.ptr + 1, end));
    place->section.section = place->credentials ? PROFILE_CREDENTIALS : PROFILE_CONFIG;
    place->known = place->credentials || view_equal(name, VIEW("default"));
    for (size_t i = 0; i < ARRAY_LEN(words) && !place->credentials; i++) {
        size_t len = strlen(words[i].word);
        if (name.len <= len || strncmp(name.ptr, words[i].word, len) != 0 ||
            !strchr(" \t", name.ptr[len]))
            continue;
        name = view_skip(name, len);
        place->section.section = words[i].section;
        place->known = true;
    }
    name = bare_name(name);
    free(place->section.name);
    place->section.name = xstrndup(name.ptr, name.len);
    free(place->parent);
    place->parent = NULL;
    if (place->known)
        add(place, VIEW(""), VIEW(""));
    return 0;
}

/* A comment behind a value needs a space before it. */
static struct view without_comment(struct view value)
{
    for (size_t i = 1; i < value.len; i++)
        if (strchr("#;", value.ptr[i]) && strchr(" \t", value.ptr[i - 1]))
            return trim_line(view_of(value.ptr, i));
    return value;
}

/* Where the name of a setting ends; indented lines are not for colons [botocore]. */
static const char *find_delimiter(struct view line, bool indented)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] == '=' || (line.ptr[i] == ':' && !indented))
            return line.ptr + i;
    return NULL;
}

/* Names of settings are the same in any case, those of indented lines are not [botocore]. */
static void append_lower(struct view text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        buf_append_char(out, (char)tolower((unsigned char)text.ptr[i]));
}

static int add_line(struct place *place, struct view line, bool indented, struct error *err)
{
    const char *delimiter = find_delimiter(line, indented);
    if (!place->section.name)
        return malformed(place, "a setting stands before the first section", err);
    if (indented && !place->parent)
        return malformed(place, "an indented line belongs to a setting with an empty value", err);
    if (!delimiter)
        return malformed(place, "neither a [section] nor \"name = value\"", err);
    struct view key = trim_line(view_between(line.ptr, delimiter));
    struct view value =
        without_comment(trim_line(view_skip(line, (size_t)(delimiter - line.ptr) + 1)));
    if (!key.len)
        return malformed(place, "a setting needs a name before the \"=\"", err);
    cleanup_buf struct buf name = BUF_INIT(PROFILE_FILE_MAX);
    if (indented) {
        buf_printf(&name, "%s.%.*s", place->parent, VIEW_ARG(key));
    } else {
        append_lower(key, &name);
        free(place->parent);
        place->parent = value.len ? NULL : xstrdup(buf_str(&name));
    }
    if (place->known)
        add(place, buf_view(&name), value);
    return 0;
}

static int parse_line(struct place *place, struct view raw, struct error *err)
{
    struct view line = trim_line(raw);
    if (!line.len || strchr("#;", line.ptr[0]))
        return 0;
    if (memchr(line.ptr, '\0', line.len))
        return malformed(place, "a NUL byte", err);
    if (line.ptr[0] == '[')
        return begin_section(place, line, err);
    return add_line(place, line, strchr(" \t", raw.ptr[0]) != NULL, err);
}

int profiles_parse(struct profiles **profiles, struct view text, bool credentials, const char *path,
                   struct error *err)
{
    if (!*profiles)
        *profiles = xcalloc(1, sizeof(**profiles));
    struct place place = {.profiles = *profiles, .credentials = credentials, .path = path};
    int result = 0;
    while (text.len && result == 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        struct view line = end ? view_between(text.ptr, end) : text;
        text = view_skip(text, line.len + 1);
        place.line++;
        result = parse_line(&place, line, err);
    }
    free(place.section.name);
    free(place.parent);
    return result;
}

/* The variable's, or the one in the home folder; empty without either. */
static void find_file(const char *variable, const char *name, struct buf *path)
{
    const char *value = getenv(variable);
    const char *home = getenv("HOME");
    if (value && *value && strncmp(value, "~/", 2) != 0)
        buf_append_str(path, value);
    else if (home && *home)
        buf_printf(path, "%s/%s", home, value && *value ? value + 2 : name);
}

static int read_one(struct profiles **profiles, bool credentials, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    cleanup_secret struct buf text = BUF_INIT(PROFILE_FILE_MAX);
    if (credentials)
        find_file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", &path);
    else
        find_file("AWS_CONFIG_FILE", ".aws/config", &path);
    if (!path.len || (access(buf_str(&path), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)))
        return 0;
    if (buf_read_file(&text, buf_str(&path), err) < 0)
        return -1;
    return profiles_parse(profiles, buf_view(&text), credentials, buf_str(&path), err);
}

struct profiles *profiles_read(struct error *err)
{
    struct profiles *profiles = xcalloc(1, sizeof(*profiles));
    if (read_one(&profiles, true, err) == 0 && read_one(&profiles, false, err) == 0)
        return profiles;
    profiles_free(profiles);
    return NULL;
}

void profiles_free(struct profiles *profiles)
{
    if (!profiles)
        return;
    for (size_t i = 0; i < profiles->count; i++) {
        struct entry *entry = &profiles->entries[i];
        explicit_bzero(entry->value, strlen(entry->value));
        free(entry->name);
        free(entry->key);
        free(entry->value);
    }
    free(profiles->entries);
    free(profiles);
}

static bool is_in(const struct entry *entry, enum profile_section section, const char *name)
{
    return entry->section == section && strcmp(entry->name, name) == 0;
}

bool profiles_has(const struct profiles *profiles, enum profile_section section, const char *name)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (is_in(&profiles->entries[i], section, name))
            return true;
    return false;
}

const char *profiles_get(const struct profiles *profiles, enum profile_section section,
                         const char *name, const char *key)
{
    for (size_t i = profiles->count; i-- > 0;) {
        const struct entry *entry = &profiles->entries[i];
        if (is_in(entry, section, name) && entry->key && strcmp(entry->key, key) == 0)
            return *entry->value ? entry->value : NULL;
    }
    return NULL;
}

const char *profiles_value(const struct profiles *profiles, const char *profile, const char *key)
{
    const char *value = profiles_get(profiles, PROFILE_CREDENTIALS, profile, key);
    return value ? value : profiles_get(profiles, PROFILE_CONFIG, profile, key);
}

void profiles_each(const struct profiles *profiles, enum profile_section section, const char *name,
                   void (*each)(void *user, const char *key, const char *value), void *user)
{
    for (size_t i = 0; i < profiles->count; i++) {
        const struct entry *entry = &profiles->entries[i];
        if (is_in(entry, section, name) && entry->key)
            each(user, entry->key, entry->value);
    }
}
