// What Microsoft Graph's client, which writes batches in the JSON format, does with a service.
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
} from "@microsoft/microsoft-graph-client";

const JSON_BODY = { "Content-Type": "application/json" };

// Each step is {id, dependsOn?, method?, path, body?, headers?}.
export async function batch(url, steps) {
  const client = Client.init({
    baseUrl: url,
    defaultVersion: "odata",
    authProvider: (done) => done(null, "no token is asked for"),
  });
  const content = new BatchRequestContent(steps.map((step) => ({
    id: step.id,
    dependsOn: step.dependsOn,
    request: new Request(`${url}/odata${step.path}`, {
      method: step.method ?? "GET",
      headers: { ...(step.body ? JSON_BODY : {}), ...step.headers },
      body: step.body ? JSON.stringify(step.body) : undefined,
    }),
  })));
  const answered = await client.api("/$batch").post(await content.getContent());
  const responses = new BatchResponseContent(answered);
  return steps.map(({ id }) => {
    const response = responses.getResponseById(id);
    // It looks for "Content-Type" in these letters, where names are in lower case (ODATA-J19.5-08),
    // so that it takes no body for JSON: these are the ones it was sent.
    const { body } = answered.responses.find((one) => one.id === id);
    return { status: response.status, etag: response.headers.get("etag"), body };
  });
}
