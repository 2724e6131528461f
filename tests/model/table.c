#include "model/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/memory.h"

static char *copy_view(struct view v)
{
    return xstrndup(v.ptr, v.len);
}

struct table *table_new(struct view schema, struct view name)
{
    struct table *table = xcalloc(1, sizeof(*table));
    table->schema = copy_view(schema);
    table->name = copy_view(name);
    table->root.type.base = TYPE_OBJECT;
    table->root.policy = POLICY_STRICT;
    table->columns_max = 1000;
    table->shard_count = 4;
    return table;
}

static void doc_free(struct doc *doc)
{
    if (!doc || --doc->refs > 0)
        return;
    for (size_t i = 0; i < doc->count; i++)
        datum_free(doc->values[i]);
    free(doc->values);
    free(doc);
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->root.children.len; i++)
        column_free(table->root.children.entries[i].value);
    map_release(&table->root.children);
    for (size_t i = 0; i < table->rows.len; i++) {
        struct row *row = table->rows.entries[i].value;
        doc_free(row->live);
        doc_free(row->seen);
        free((char *)row->id.ptr);
        free(row);
    }
    map_release(&table->rows);
    free(table->dirty);
    free(table->view_source);
    free(table->view_schema);
    free(table->schema);
    free(table->name);
    free(table);
}

static void collect_columns(const struct column *column, struct column **list, size_t *count)
{
    for (size_t i = 0; i < column_child_count(column); i++) {
        list[(*count)++] = column_child_at(column, i);
        collect_columns(column_child_at(column, i), list, count);
    }
}

static int by_oid(const void *a, const void *b)
{
    return (*(struct column *const *)a)->oid - (*(struct column *const *)b)->oid;
}

struct column **table_columns(const struct table *table, size_t *count)
{
    struct column **list = xcalloc((size_t)table->last_oid + 1, sizeof(struct column *));
    *count = 0;
    collect_columns(&table->root, list, count);
    qsort(list, *count, sizeof(struct column *), by_oid);
    return list;
}

void table_adopt(struct table *table, struct column *column, uint64_t request)
{
    column->oid = ++table->last_oid;
    column->born = request;
    if (column->primary_key && table->key_count < PRIMARY_KEY_MAX) {
        column->key_at = table->key_count;
        table->key[table->key_count++] = column;
    }
    for (size_t i = 0; i < column_child_count(column); i++)
        table_adopt(table, column_child_at(column, i), request);
}

struct datum *datum_at(struct datum *value, const struct view *path, size_t len)
{
    for (size_t i = 0; value && i < len; i++)
        value = datum_get(value, path[i]);
    return value;
}

struct datum *doc_get(const struct doc *doc, const struct column *column)
{
    if (column->parent && column->parent->parent)
        return datum_get(doc_get(doc, column->parent), column->name);
    return column->top < doc->count ? doc->values[column->top] : NULL;
}

static void append_length(struct buf *out, size_t len)
{
    for (; len > 0x7F; len >>= 7)
        buf_append_char(out, (char)(0x80 | (len & 0x7F)));
    buf_append_char(out, (char)len);
}

struct view table_id(struct table *table, struct datum *const *key, struct arena *arena)
{
    struct buf bytes = BUF_INIT(BUF_TEXT_CAP * 64);
    if (table->key_count != 1)
        append_length(&bytes, table->key_count);
    for (size_t i = 0; i < table->key_count; i++) {
        struct buf text = BUF_INIT(BUF_TEXT_CAP * 64);
        datum_show(&text, key[i]);
        if (table->key_count != 1)
            append_length(&bytes, text.len);
        buf_append_view(&bytes, buf_view(&text));
        buf_release(&text);
    }
    struct view id = arena_copy(arena, buf_view(&bytes));
    if (table->key_count == 0) {
        char text[32];
        int len = snprintf(text, sizeof(text), "row-%llu", (unsigned long long)++table->next_id);
        id = arena_copy(arena, view_of(text, (size_t)len));
    } else if (table->key_count > 1) {
        char *encoded = arena_alloc(arena, BASE64_ENCODED_LEN(bytes.len));
        base64_encode(buf_view(&bytes), encoded);
        id = view_of(encoded, BASE64_ENCODED_LEN(bytes.len));
    }
    buf_release(&bytes);
    return id;
}

struct row *table_find_row(const struct table *table, struct view id)
{
    return table->rows.len ? map_get(&table->rows, id) : NULL;
}

struct row *table_row(struct table *table, struct view id)
{
    struct row *row = table_find_row(table, id);
    if (row)
        return row;
    row = xcalloc(1, sizeof(*row));
    row->id = view_of(copy_view(id), id.len);
    row->shard = shard_of(id, table->shard_count);
    *map_at(&table->rows, row->id) = row;
    return row;
}

struct doc *doc_new(struct table *table, const struct row *row, struct datum **values)
{
    struct doc *doc = xcalloc(1, sizeof(*doc));
    doc->refs = 1;
    doc->values = values;
    doc->count = column_child_count(&table->root);
    doc->seq_no = table->next_seq_no[row->shard]++;
    doc->version = row->live ? row->live->version + 1 : 1;
    return doc;
}

void table_store(struct table *table, struct row *row, struct doc *doc)
{
    if (!doc)
        table->next_seq_no[row->shard]++;
    doc_free(row->live);
    row->live = doc;
    if (row->dirty)
        return;
    row->dirty = true;
    table->dirty = xreallocarray(table->dirty, table->dirty_count + 1, sizeof(*table->dirty));
    table->dirty[table->dirty_count++] = row;
}

void table_refresh(struct table *table)
{
    for (size_t i = 0; i < table->dirty_count; i++) {
        struct row *row = table->dirty[i];
        doc_free(row->seen);
        row->seen = row->live;
        if (row->live)
            row->live->refs++;
        row->dirty = false;
    }
    table->dirty_count = 0;
}

static uint32_t rotate(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

static uint32_t mix_word(uint32_t word)
{
    return rotate(word * 0xcc9e2d51, 15) * 0x1b873593;
}

/* MurmurHash3_x86_32 over the UTF-16 units of the text, low byte first, with seed 0. Ids are ASCII
 * or short; what is beyond the basic plane is hashed by its UTF-8 bytes, which only costs fidelity
 * in which shard it goes to. */
static uint32_t murmur3(struct view text)
{
    uint32_t hash = 0, word = 0;
    size_t units = 0;
    for (size_t i = 0; i < text.len; i++, units++) {
        word |= (uint32_t)(unsigned char)text.ptr[i] << (units % 2 * 16);
        if (units % 2 == 0)
            continue;
        hash = rotate(hash ^ mix_word(word), 13) * 5 + 0xe6546b64;
        word = 0;
    }
    hash ^= mix_word(word);
    hash ^= (uint32_t)(units * 2);
    hash = (hash ^ hash >> 16) * 0x85ebca6b;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35;
    return hash ^ hash >> 16;
}

size_t shard_of(struct view id, size_t shards)
{
    /* Elasticsearch spreads over a multiple of the shards, so that an index can be split. */
    int64_t spread = (int64_t)shards;
    while (spread * 2 <= 1024)
        spread *= 2;
    int64_t slot = (int32_t)murmur3(id) % spread;
    return (size_t)((slot < 0 ? slot + spread : slot) / (spread / (int64_t)shards));
}
