// simdjson parsing what decode.c has to decode first: the records without envelope and base64.
//
//     simdjson_peer [--seconds S] FILE
//
// FILE has one record a line (decode --decoded). Each is parsed by itself, into simdjson's tape:
// validated, nothing made of it. Prints one JSON object with the best rate, in bytes of FILE per
// second of CPU time.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <simdjson.h>

static double cpu_seconds()
{
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct line {
    size_t start, len;
};

static std::vector<line> split(const char *text, size_t len)
{
    std::vector<line> lines;
    for (size_t start = 0; start < len;) {
        const void *newline = memchr(text + start, '\n', len - start);
        size_t end = newline ? static_cast<size_t>(static_cast<const char *>(newline) - text) : len;
        lines.push_back({start, end - start});
        start = end + 1;
    }
    return lines;
}

int main(int argc, char **argv)
{
    double seconds = 1;
    const char *path = nullptr;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], nullptr);
        else
            path = argv[i];
    }
    if (!path)
        return fprintf(stderr, "usage: simdjson_peer [--seconds S] FILE\n"), 2;
    simdjson::padded_string text;
    if (simdjson::padded_string::load(path).get(text))
        return fprintf(stderr, "simdjson_peer: %s: cannot be read\n", path), 1;
    std::vector<line> lines = split(text.data(), text.size());
    simdjson::dom::parser parser;
    double best = 0, start = cpu_seconds();
    for (int round = 0; round < 5 || cpu_seconds() - start < seconds; round++) {
        double begin = cpu_seconds();
        for (const line &one : lines) {
            // What follows in the text serves as the padding that simdjson asks for.
            if (parser.parse(text.data() + one.start, one.len, false).error())
                return fprintf(stderr, "simdjson_peer: %s: not JSON\n", path), 1;
        }
        double took = cpu_seconds() - begin;
        best = round == 0 || took < best ? took : best;
    }
    printf("{\"version\": \"%s\", \"implementation\": \"%s\", \"bytes\": %zu, "
           "\"bytes_per_second\": %.0f}\n",
           SIMDJSON_STRINGIFY(SIMDJSON_VERSION),
           simdjson::get_active_implementation()->name().c_str(), text.size(),
           static_cast<double>(text.size()) / best);
    return 0;
}
