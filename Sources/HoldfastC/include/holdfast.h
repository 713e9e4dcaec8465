/*
 * Holdfast in process, for any language that calls C: a catalog, and units dealt to arms.
 *
 *     holdfast_file file = {"catalog.yaml", text, strlen(text)};
 *     holdfast_catalog *catalog;
 *     char error[1024];
 *     if (holdfast_catalog_open(&file, 1, salt, strlen(salt), 0, &catalog, error, sizeof error)) ...
 *
 *     holdfast_candidate candidate = {0};
 *     candidate.experiment = "credit-limit", candidate.experiment_length = 12;
 *     candidate.unit = "customer-1", candidate.unit_length = 10;
 *     candidate.at = microseconds_since_1970;
 *     holdfast_assignment answer;
 *     if (holdfast_assign(catalog, &candidate, &answer, error, sizeof error) == HOLDFAST_OK && answer.act) ...
 *
 *     holdfast_catalog_close(catalog);
 *
 * The answers are those of every other way in which Holdfast deals: same catalog, salt, unit and time,
 * same arm. Nothing here reads a file, opens a connection, asks a clock or keeps a fact; to record
 * decisions, send them to the service.
 *
 * Texts are UTF-8, given by a pointer and a number of bytes; they may hold zero bytes and need no
 * zero at their end. No call keeps a pointer that it was given.
 *
 * Threads: a catalog may be used by any number of threads at once, and must be closed once, when no
 * call on it is running any more. There is no lock.
 *
 * Errors: every call answers with a status. Where it is not HOLDFAST_OK, the buffer `error` holds a
 * text for people, "what is wrong; what to do", ended by a zero byte and cut at a whole character
 * where the buffer is too small; NULL with size 0 where no text is wanted. No input ends the process.
 * A salt is never part of a text.
 */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. It grows by one when a struct or a meaning changes. */
#define HOLDFAST_ABI 1

/* How a call ended. */
enum {
    HOLDFAST_OK = 0,
    /* A pointer that is NULL, an id of 0 or more than 1,024 bytes, a text that is not UTF-8. */
    HOLDFAST_BAD_ARGUMENT = 1,
    /* The catalog is refused; the text names file, line and remedy of each fault. */
    HOLDFAST_BAD_CATALOG = 2,
    /* The unit cannot be dealt; `fault` in the answer says why, in a word. */
    HOLDFAST_REFUSED = 3
};

/* Flags of holdfast_catalog_open. */
enum {
    /* A salt that the catalog keeps in a variable, ${NAME}, is read from the environment. */
    HOLDFAST_SALT_FROM_ENVIRONMENT = 1
};

/* A catalog that was read. */
typedef struct holdfast_catalog holdfast_catalog;

/* One file of a catalog: its name, for errors, ended by a zero byte; and its text. */
typedef struct {
    const char *name;
    const char *text;
    size_t text_length;
} holdfast_file;

/* The kinds of an attribute. */
enum { HOLDFAST_TEXT = 0, HOLDFAST_NUMBER = 1, HOLDFAST_BOOLEAN = 2 };

/* What is known of a unit before it is dealt. */
typedef struct {
    const char *name;
    size_t name_length;
    /* HOLDFAST_TEXT: `text`; HOLDFAST_NUMBER: `number`; HOLDFAST_BOOLEAN: `number`, 0 is false. */
    int32_t kind;
    const char *text;
    size_t text_length;
    double number;
} holdfast_attribute;

/* A unit that is to be dealt. Fill it with zeros first. */
typedef struct {
    const char *experiment;
    size_t experiment_length;
    /* The unit's id, 1 to 1,024 bytes. */
    const char *unit;
    size_t unit_length;
    /* Its cluster; NULL for none. */
    const char *cluster;
    size_t cluster_length;
    const holdfast_attribute *attributes;
    size_t attribute_count;
    /* The model's score; NULL for none. */
    const double *score;
    /* The time of the decision: microseconds since 1970-01-01T00:00:00Z. */
    int64_t at;
} holdfast_candidate;

/* What a unit was dealt. Texts end with a zero byte and live as long as the catalog. */
typedef struct {
    /* The arm; NULL where the unit is in none. */
    const char *arm;
    /* override, not_started, ended, ineligible, holdout, outside_slice, not_enrolled, assigned. */
    const char *reason;
    /* The holdout that withheld the unit; NULL where none did. */
    const char *holdout;
    /* The revision of the catalog. */
    const char *revision;
    /* The probability by design of what was received. */
    double propensity;
    /* From 0 to 2^52 - 1; -1 where nothing was left to chance. */
    int64_t bucket;
    /* Whether the model's action may be applied: 1 or 0. */
    int32_t act;
    /* Whether a switchback's block is in its burn-in: 1 or 0; -1 for other experiments. */
    int32_t burn_in;
    /* Empty; or with HOLDFAST_REFUSED a word such as missing_cluster, and all else says nothing. */
    char fault[32];
} holdfast_assignment;

/* The version that the library was built for: compare it with HOLDFAST_ABI. */
int32_t holdfast_abi(void);

/*
 * Reads a catalog from the text of its files.
 *
 * `salt` is the salt that the catalog says is kept elsewhere, ${NAME} or file:PATH; NULL where the
 * catalog holds it itself, or where HOLDFAST_SALT_FROM_ENVIRONMENT is set. No file is read: read the
 * salt's file and give what it holds. On success `*catalog` is to be closed; otherwise it is NULL.
 */
int32_t holdfast_catalog_open(
    const holdfast_file *files, size_t file_count, const char *salt, size_t salt_length,
    uint32_t flags, holdfast_catalog **catalog, char *error, size_t error_size);

/* Deals a unit. It allocates nothing, attributes and refusals aside. */
int32_t holdfast_assign(
    const holdfast_catalog *catalog, const holdfast_candidate *candidate,
    holdfast_assignment *answer, char *error, size_t error_size);

/* Gives a catalog back. NULL is allowed. */
void holdfast_catalog_close(holdfast_catalog *catalog);

#ifdef __cplusplus
}
#endif

#endif
