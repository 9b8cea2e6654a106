/* Counts words (lower-cased runs of ASCII letters) as fast as plain C does: one pass, one hash table.
 *
 * count_words FILE prints seconds and findings as JSON, as benchmarks/rivals.py does. The file is read before time is
 * taken. Slots hold the hash and where the word first stood, so a look-up compares 64 bits, then the letters.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TOP = 20 };

typedef struct { uint64_t hash; const unsigned char *word; uint32_t length, n; } Slot;

typedef struct { Slot *slots; size_t mask, used; } Table;

static void *allocate(size_t n, size_t size) {
    void *memory = calloc(n, size);
    if (!memory) { fputs("out of memory\n", stderr); exit(1); }
    return memory;
}

static unsigned char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    unsigned char *text = allocate(*length + 1, 1); /* the zero behind the text ends its last word */
    if (fread(text, 1, *length, file) != *length) { perror(path); exit(1); }
    fclose(file);
    return text;
}

static void grow(Table *table) {
    Table larger = {allocate(2 * (table->mask + 1), sizeof(Slot)), 2 * table->mask + 1, table->used};
    for (size_t i = 0; i <= table->mask; i++) {
        if (!table->slots[i].n) continue;
        size_t at = table->slots[i].hash & larger.mask;
        while (larger.slots[at].n) at = (at + 1) & larger.mask;
        larger.slots[at] = table->slots[i];
    }
    free(table->slots);
    *table = larger;
}

/* Letters are compared without their case bit, as the text is not rewritten. */
static int is_same(const unsigned char *a, const unsigned char *b, uint32_t length) {
    for (uint32_t i = 0; i < length; i++)
        if ((a[i] ^ b[i]) & ~32) return 0;
    return 1;
}

static void add(Table *table, uint64_t hash, const unsigned char *word, uint32_t length) {
    size_t at = hash & table->mask;
    for (;; at = (at + 1) & table->mask) {
        Slot *slot = &table->slots[at];
        if (!slot->n) {
            *slot = (Slot){hash, word, length, 1};
            if (2 * ++table->used > table->mask) grow(table);
            return;
        }
        if (slot->hash == hash && slot->length == length && is_same(slot->word, word, length)) {
            slot->n++;
            return;
        }
    }
}

static void count(Table *table, const unsigned char *text, size_t length) {
    for (size_t i = 0; i < length;) {
        uint64_t hash = 0;
        size_t start = i;
        unsigned char letter;
        for (; (letter = text[i] | 32) >= 'a' && letter <= 'z'; i++) hash = (hash + letter) * 0x9E3779B97F4A7C15u;
        if (i > start) add(table, hash ^ hash >> 32, text + start, (uint32_t)(i - start));
        else i++;
    }
}

static int compare(const void *a, const void *b) {
    const Slot *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    for (uint32_t i = 0; i < x->length && i < y->length; i++) {
        int difference = (x->word[i] | 32) - (y->word[i] | 32);
        if (difference) return difference;
    }
    return (x->length > y->length) - (x->length < y->length);
}

static void print(const Table *table, double seconds) {
    uint64_t n = 0, squares = 0;
    for (size_t i = 0; i <= table->mask; i++) {
        n += table->slots[i].n;
        squares += (uint64_t)table->slots[i].n * table->slots[i].n;
    }
    printf("{\"elapsed_s\": %.6f, \"n_ngrams\": %llu, \"findings\": {\"1\": {\"n\": %llu, \"n_distinct\": %zu, "
           "\"sum_of_squares\": %llu, \"top\": [",
           seconds, (unsigned long long)n, (unsigned long long)n, table->used, (unsigned long long)squares);
    qsort(table->slots, table->mask + 1, sizeof(Slot), compare); /* empty slots have the lowest count */
    for (size_t i = 0; i < TOP && i < table->used; i++) {
        printf("%s[\"", i ? ", " : "");
        for (uint32_t j = 0; j < table->slots[i].length; j++) putchar(table->slots[i].word[j] | 32);
        printf("\", %u]", table->slots[i].n);
    }
    puts("]}}}");
}

int main(int n_arguments, char **arguments) {
    if (n_arguments != 2) { fputs("usage: count_words FILE\n", stderr); return 2; }
    size_t length;
    unsigned char *text = read_file(arguments[1], &length);
    Table table = {allocate(1 << 16, sizeof(Slot)), (1 << 16) - 1, 0};
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    count(&table, text, length);
    clock_gettime(CLOCK_MONOTONIC, &end);
    print(&table, (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    return 0;
}
