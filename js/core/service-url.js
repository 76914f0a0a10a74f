const DEFAULT_SERVICE_URL = "http://localhost:30017";

/** What is wrong with the service, with its address, if that is not in the message yet. */
export function withServiceUrl(message, serviceUrl = DEFAULT_SERVICE_URL) {
  return message.includes(serviceUrl) ? message : `${message} (${serviceUrl})`;
}
