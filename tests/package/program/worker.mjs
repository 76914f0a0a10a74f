// The program of workerd, which has no command line: a request brings the questions.
import { answers } from "./answers.mjs";

export default {
  async fetch(request) {
    return Response.json(await answers(await request.json()));
  },
};
