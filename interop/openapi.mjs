// Validates an OpenAPI document. Argument: its file. Prints the version that it
// was held against and what is wrong with it, as one JSON object.
import { Validator } from '@seriousme/openapi-schema-validator';

const validator = new Validator();
const { valid, errors } = await validator.validate(process.argv[2]);
console.log(JSON.stringify({ valid, version: validator.version, errors }));
