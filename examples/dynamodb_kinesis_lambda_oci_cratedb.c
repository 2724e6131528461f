/* The documented pipeline, described in a program: DynamoDB CDC -> Kinesis stream -> Lambda,
 * shipped as OCI image -> CrateDB. It makes the image, pushes it into its repository in ECR, which
 * is made if it is not there, and deploys the stack; run it again after any change. The first time
 * it asks for the password of the database, for the secret that the processor reads it from.
 *
 *     cc -o deploy-pipeline dynamodb_kinesis_lambda_oci_cratedb.c \
 *         $(pkg-config --cflags --libs lorry-stack)
 *     ./deploy-pipeline
 *     ./deploy-pipeline --help        # template, refresh, destroy, ... */
#include <lorry/stack.h>

int main(int argc, char **argv)
{
    struct lorry_stack *stack = lorry_stack_new();
    lorry_stack_set(stack, "project", "testdrive-dynamodb");
    lorry_stack_set(stack, "stage", "dev");
    lorry_stack_set(stack, "region", "eu-central-1");
    lorry_stack_set(stack, "description",
                    "DynamoDB CDC -> Kinesis Stream -> Lambda via OCI -> CrateDB");

    /* The table, made with the stack, and the stream of its changes. */
    lorry_stack_set(stack, "source.dynamodb.table", "table-testdrive");
    lorry_stack_set(stack, "source.dynamodb.keys.device", "S");
    lorry_stack_set(stack, "source.dynamodb.keys.timestamp", "S");
    lorry_stack_set(stack, "stream.name", "dynamodb-cdc");

    /* The function, and the repository of its image. */
    lorry_stack_set(stack, "processor.name", "DynamoDBCrateDBProcessor");
    lorry_stack_set(stack, "processor.repository", "kinesis-cratedb-lambda");
    lorry_stack_set(stack, "processor.batch.size", "2500");

    /* The database. Its password is in Secrets Manager; what is not there yet is asked for. */
    lorry_stack_set(stack, "sink.url",
                    "crate://admin@example.eks1.eu-west-1.aws.cratedb.net:4200/?ssl=true");
    lorry_stack_set(stack, "sink.password.secret", "lorry/testdrive");
    lorry_stack_set(stack, "sink.table", "transactions");

    int status = lorry_stack_main(argc, argv, stack);
    lorry_stack_free(stack);
    return status;
}
