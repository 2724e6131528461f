/* lorry-processor: the record processor without a callback. */
#include "lorry/processor.h"

int main(int argc, char **argv)
{
    return lorry_processor_main(argc, argv, NULL, NULL);
}
