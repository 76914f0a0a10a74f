export default ({ isSsrBuild }) => ({
  ssr: { noExternal: true },
  build: {
    rollupOptions: { output: { entryFileNames: "main.mjs" } },
    lib: isSsrBuild ? undefined : { entry: "main.mjs", formats: ["es"] },
  },
});
