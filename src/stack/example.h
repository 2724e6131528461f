/* The documented pipeline, commented: src/stack/example.yaml. */
#ifndef LORRY_STACK_EXAMPLE_H
#define LORRY_STACK_EXAMPLE_H

extern const char stack_example[];

#endif
