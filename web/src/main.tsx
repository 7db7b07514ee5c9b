// Where the page begins.
import "./inline-styles";
import "./workers";
import { createRoot } from "react-dom/client";
import "./style.css";
import { Page } from "./page";
import { fetchSignIn } from "./session";

const root = document.getElementById("root");
if (root) {
  // Without an answer a token can still be pasted; what is wrong with the gateway shows at the first question.
  const signIn = await fetchSignIn().catch(() => ({ by: "token" }) as const);
  createRoot(root).render(<Page signIn={signIn} />);
}
