import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/**
 * Renders API Gateway's mapping templates in Apache Velocity 1.7, on which API Gateway is built.
 *
 * <p>Reads jobs from stdin until it ends: template, parameters, body. Answers each with body and headers. Values are a letter (t text, l
 * list, m map) and what belongs to it; texts and sizes are preceded by four bytes.
 */
public final class Render {
    private static final DataInputStream IN = new DataInputStream(System.in);

    public static void main(String[] arguments) throws Exception {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        DataOutputStream out = new DataOutputStream(System.out);
        while (true) {
            int tag = IN.read();
            if (tag < 0) {
                return;
            }
            String template = (String) value(tag);
            Map<?, ?> parameters = (Map<?, ?>) value(IN.read());
            Object body = value(IN.read());

            Map<String, Object> header = new HashMap<>();
            VelocityContext context = new VelocityContext();
            context.put("input", new Input(parameters, body));
            context.put("util", new Util());
            context.put("context", Map.of("responseOverride", Map.of("header", header)));
            StringWriter rendered = new StringWriter();
            engine.evaluate(context, rendered, "template", template);

            text(out, rendered.toString());
            out.writeInt(header.size());
            for (Map.Entry<String, Object> entry : header.entrySet()) {
                text(out, entry.getKey());
                text(out, String.valueOf(entry.getValue()));
            }
            out.flush();
        }
    }

    /** What the template calls $input. */
    public record Input(Map<?, ?> parameters, Object body) {
        /** A parameter, or an empty text. */
        public Object params(String name) {
            Object parameter = parameters.get(name);
            return parameter == null ? "" : parameter;
        }

        /** The body; the templates take no path but $. */
        public Object path(String path) {
            if (!path.equals("$")) {
                throw new IllegalArgumentException(path);
            }
            return body;
        }
    }

    /** What the template calls $util. */
    public static final class Util {
        public String urlDecode(String text) {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        }

        public String escapeJavaScript(String text) {
            return StringEscapeUtils.escapeJavaScript(text);
        }
    }

    private static Object value(int tag) throws IOException {
        int size = IN.readInt();
        switch (tag) {
            case 't':
                return new String(IN.readNBytes(size), StandardCharsets.UTF_8);
            case 'l':
                List<Object> list = new ArrayList<>();
                for (int index = 0; index < size; index++) {
                    list.add(value(IN.read()));
                }
                return list;
            case 'm':
                Map<Object, Object> map = new LinkedHashMap<>();
                for (int index = 0; index < size; index++) {
                    Object key = value(IN.read());
                    map.put(key, value(IN.read()));
                }
                return map;
            default:
                throw new IOException("there is no value of kind " + tag);
        }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
