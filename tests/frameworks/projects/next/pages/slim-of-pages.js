import { useEffect, useState } from "react";
import { init, verifyRecord } from "dbsharing/slim";

export default function Page() {
  const [verdict, setVerdict] = useState();
  useEffect(() => {
    init(new URL("dbsharing/wasm", import.meta.url)).then(() => setVerdict(verifyRecord({}).code), ({ code }) => setVerdict(code));
  }, []);
  return verdict && <output>{verdict}</output>;
}
